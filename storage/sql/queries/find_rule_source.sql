-- Who owns a rule; locked until the transaction ends.
SELECT source FROM rules WHERE code = %(code)s::text FOR UPDATE
