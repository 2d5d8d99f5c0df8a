-- Make room for the figures as they would be now.
DELETE FROM restatement_lines WHERE restatement_id = %(id)s::bigint
