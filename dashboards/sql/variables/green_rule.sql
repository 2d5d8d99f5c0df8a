-- The green-power rules that results exist for, the default first.
SELECT r.rule FROM (SELECT DISTINCT rule FROM visible.green_power WHERE grain = 'month') r
ORDER BY EXISTS (SELECT FROM visible.accounting_rules a
                 WHERE a.subject = 'green_power' AND a.is_default AND starts_with(r.rule, a.code)) DESC, r.rule
