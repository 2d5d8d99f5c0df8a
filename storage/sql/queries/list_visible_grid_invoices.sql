-- Grid invoices by enterprise, month and direction in a range of months, several of one month added up.
SELECT enterprise, month, direction, sum(energy_kwh)::float8 AS invoiced_kwh,
       array_agg(number ORDER BY number) FILTER (WHERE number <> '') AS numbers
FROM visible.grid_invoices
WHERE (%(enterprises)s::text[] IS NULL OR enterprise = ANY (%(enterprises)s::text[]))
  AND (%(from_month)s::date IS NULL OR month >= %(from_month)s::date)
  AND (%(to_month)s::date IS NULL OR month < %(to_month)s::date)
  AND (%(after_month)s::date IS NULL
       OR (month, enterprise, direction) > (%(after_month)s::date, %(after_enterprise)s::text, %(after_direction)s::text))
GROUP BY enterprise, month, direction ORDER BY month, enterprise, direction LIMIT %(limit)s::int
