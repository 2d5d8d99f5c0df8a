-- Own renewable generation of an enterprise in a month, kWh, and what was sold of it: null where it has no accounts.
SELECT (SELECT coalesce((terms ->> 'renewable')::numeric, 0) FROM energy_balances
        WHERE enterprise_id = %(enterprise_id)s::int AND grain = 'month' AND starts_at = %(starts_at)s::timestamptz) AS generated,
       (SELECT coalesce(sum(energy_kwh), 0) FROM instruments
        WHERE enterprise_id = %(enterprise_id)s::int AND kind = 'certificate_sold'
          AND coalesce(period, vintage) = %(month)s::date) AS sold
