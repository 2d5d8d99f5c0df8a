-- The restatement of a month that is not applied yet.
SELECT id, state, days FROM restatements WHERE month = %(month)s::date AND state <> 'applied'
