-- What ingest remembers of languages that have a memory, and what their decoders tolerated.
CREATE TABLE sparkplug_nodes (
    enterprise  text NOT NULL,
    edge        text NOT NULL,
    births      bytea NOT NULL,           -- JSON: by device its datatypes by name and names by alias; bytes, for names may hold U+0000
    seq         int,
    bd_seq      numeric(20),
    asked_us    bigint,                   -- when a rebirth was last asked for
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (enterprise, edge)
) WITH (fillfactor = 50);

-- Points whose sender said that nothing more will come (Sparkplug deaths); a row goes when a reading comes.
CREATE TABLE stale_points (
    point_id  int PRIMARY KEY REFERENCES points,
    since     timestamptz NOT NULL
);

CREATE TABLE decoder_notes (
    language  text NOT NULL,
    kind      text NOT NULL,
    noted     bigint NOT NULL,
    PRIMARY KEY (language, kind)
);

CREATE INDEX receipts_committed ON receipts (committed_at);
