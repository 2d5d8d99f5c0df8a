-- Put back what is kept of a day that was dropped.
INSERT INTO readings SELECT * FROM evidence_readings
