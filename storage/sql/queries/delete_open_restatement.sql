-- A closed month that would come out as it is needs no restatement.
DELETE FROM restatements WHERE month = %(month)s::date AND state <> 'applied'
