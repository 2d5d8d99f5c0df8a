-- The books of the caller's enterprises, by day and enterprise.
SELECT enterprise, day, received, stored, duplicate, corrected, rejected FROM visible.ledger
WHERE (%(day)s::date IS NULL OR day = %(day)s::date)
  AND (%(enterprise)s::text IS NULL OR enterprise = %(enterprise)s::text)
  AND (%(after_day)s::date IS NULL OR (day, enterprise) > (%(after_day)s::date, %(after_enterprise)s::text))
ORDER BY day, enterprise LIMIT %(limit)s::int
