-- What is remembered of an edge node.
SELECT births, seq, bd_seq::text AS bd_seq, asked_us FROM sparkplug_nodes
WHERE enterprise = %(enterprise)s::text AND edge = %(edge)s::text
