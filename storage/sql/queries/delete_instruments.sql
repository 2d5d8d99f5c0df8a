-- Instruments leave, and their serials and hours with them.
DELETE FROM instruments WHERE id = ANY (%(ids)s::text[]) AND source = %(source)s::text
