-- The carbon rules that results exist for, the default first.
SELECT r.rule FROM (SELECT DISTINCT rule FROM visible.emissions WHERE grain = 'month') r
ORDER BY EXISTS (SELECT FROM visible.accounting_rules a
                 WHERE a.subject = 'carbon' AND a.is_default AND starts_with(r.rule, a.code)) DESC, r.rule
