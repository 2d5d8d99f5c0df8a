-- Who reads whose messages: the enterprises divided among the ingestors, and how far a move from one to another is.
CREATE TABLE ingestors (
    client_id   text PRIMARY KEY,
    subscribed  text[] NOT NULL DEFAULT '{}',   -- what its session at the broker holds, as it says itself
    drained     boolean NOT NULL DEFAULT false, -- whether it has nothing, and its session neither
    said_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ingest_shares (
    enterprise  text PRIMARY KEY,               -- as the topic says; '+' is all of them
    ingestor    text NOT NULL,                  -- who reads it now
    taken_at    timestamptz,                    -- since when the broker has its subscription
    successor   text,                           -- who shall read it
    stage       text CHECK (stage IN ('wanted', 'offered', 'secured')),
    CHECK ((successor IS NULL) = (stage IS NULL))
);
