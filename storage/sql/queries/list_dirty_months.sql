-- Months with days whose accounts are to be made again.
SELECT DISTINCT date_trunc('month', day)::date AS month FROM dirty_days ORDER BY month
