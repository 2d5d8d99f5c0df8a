-- The daily digest: the newest day that was told of each enterprise on each channel. A row only moves forward.
CREATE TABLE told_digests (
    enterprise_id  int NOT NULL REFERENCES enterprises,
    channel        text NOT NULL,
    day            date NOT NULL,              -- local, that the digest is about
    told_at        timestamptz NOT NULL,
    PRIMARY KEY (enterprise_id, channel)
);

-- What a restatement changes of one's own figures: without its reason, which may name anyone.
CREATE VIEW visible.restated_figures WITH (security_barrier) AS
SELECT l.scope, l.subject, l.grain, l.rule, l.old, l.new, r.month, r.state, r.found_at, r.applied_at
FROM visible.restatement_lines l JOIN restatements r ON r.id = l.restatement_id;

GRANT SELECT ON visible.restated_figures TO parkwatch_reader;
