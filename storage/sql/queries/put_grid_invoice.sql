-- An invoice, unless it is known; how it came out: added, known, or conflict where its number says something else.
WITH owner AS (
    SELECT id FROM enterprises WHERE code = %(enterprise)s::text
), added AS (
    INSERT INTO grid_invoices (enterprise_id, month, direction, number, energy_kwh)
    SELECT id, %(month)s::date, %(direction)s::text, %(number)s::text, %(energy_kwh)s::numeric FROM owner
    ON CONFLICT (enterprise_id, month, direction, number) DO NOTHING
    RETURNING id
)
SELECT CASE WHEN EXISTS (SELECT FROM added) THEN 'added'
            WHEN EXISTS (
                SELECT FROM grid_invoices i JOIN owner ON owner.id = i.enterprise_id
                WHERE i.month = %(month)s::date AND i.direction = %(direction)s::text AND i.number = %(number)s::text
                  AND i.energy_kwh = %(energy_kwh)s::numeric) THEN 'known'
            ELSE 'conflict' END
FROM owner
