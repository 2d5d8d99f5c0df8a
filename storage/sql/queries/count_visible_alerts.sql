-- Alerts of an enterprise: opened in [from, to) and since another instant, open now, and open without acknowledgement.
SELECT count(*) FILTER (WHERE opened_at >= %(from)s::timestamptz AND state <> 'withdrawn')::int AS opened,
       count(*) FILTER (WHERE opened_at >= %(from)s::timestamptz AND state <> 'withdrawn' AND kind = 'exceedance')::int AS exceedances,
       count(*) FILTER (WHERE opened_at >= %(since)s::timestamptz AND state <> 'withdrawn')::int AS opened_in_month,
       count(*) FILTER (WHERE state IN ('firing', 'recovering'))::int AS open,
       count(*) FILTER (WHERE state IN ('firing', 'recovering') AND acknowledged_by IS NULL)::int AS unacknowledged
FROM visible.alerts
WHERE enterprise = %(enterprise)s::text AND opened_at < %(to)s::timestamptz
  AND (opened_at >= least(%(since)s::timestamptz, %(from)s::timestamptz) OR state IN ('firing', 'recovering'))
