-- A new silence; its id.
INSERT INTO silences (matchers, from_ts, to_ts, author, comment, declared_by)
SELECT %(matchers)s::text[], %(from_ts)s::timestamptz, %(to_ts)s::timestamptz, %(author)s::text, %(comment)s::text,
       %(declared_by)s::text
WHERE %(matchers)s::text[] IS NOT NULL
RETURNING id
