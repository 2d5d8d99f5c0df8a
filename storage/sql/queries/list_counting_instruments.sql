-- Instruments that count in the months of a time: a cancelled certificate in its use period, else in the month of its
-- cancellation; a trade in its period; a sold certificate in the month it names, else that of its generation.
WITH counted AS (
    SELECT i.*, (CASE kind WHEN 'certificate' THEN CASE WHEN cancelled_on IS NOT NULL
                                                       THEN coalesce(period, date_trunc('month', cancelled_on)) END
                           WHEN 'certificate_sold' THEN coalesce(period, vintage)
                           ELSE period END)::date AS month
    FROM instruments i
)
SELECT id, enterprise_id, kind, energy_kwh::float8 AS energy_kwh, vintage, month, settlement,
       ARRAY(SELECT s.serial FROM instrument_serials s WHERE s.instrument_id = c.id ORDER BY s.serial) AS serials
FROM counted c
WHERE month >= %(from_month)s::date AND month < %(to_month)s::date
ORDER BY id
