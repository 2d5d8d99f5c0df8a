-- Refused readings of some enterprises by reason, of the local days [from, to).
SELECT enterprise, reason, sum(rejected)::bigint AS rejected FROM visible.ledger_reasons
WHERE enterprise = ANY (%(enterprises)s::text[]) AND day >= %(from_day)s::date AND day < %(to_day)s::date
GROUP BY enterprise, reason HAVING sum(rejected) > 0 ORDER BY sum(rejected) DESC, enterprise, reason
