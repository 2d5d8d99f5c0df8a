-- Periods of every length are judged to their own mark.
CREATE TABLE judged_periods (
    statistic  text PRIMARY KEY,         -- mean_10m, mean_1h, mean_1d
    through    timestamptz NOT NULL      -- start of the last period whose end was judged
);
INSERT INTO judged_periods (statistic, through) SELECT 'mean_1h', through FROM judged_hours;
DROP TABLE judged_hours;
