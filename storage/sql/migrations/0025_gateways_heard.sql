-- When each gateway spoke, and whether it is gone by its last will.
CREATE TABLE gateway_words (
    enterprise_id  int NOT NULL REFERENCES enterprises,
    gateway        text NOT NULL,            -- as topics name it; an edge node; the MN of a logger over TCP
    heard_at       timestamptz NOT NULL,     -- when its newest message came
    back_at        timestamptz NOT NULL,     -- when it spoke first after its will, or after a minute without a word
    session        text NOT NULL DEFAULT '', -- the connection that it named last when it came online
    gone_at        timestamptz,              -- when its newest will came; it is gone while it has not spoken since
    PRIMARY KEY (enterprise_id, gateway)
) WITH (fillfactor = 50);

-- The gateway that spoke last for a point: whose silence explains the point's.
CREATE TABLE point_gateways (
    point_id  int PRIMARY KEY REFERENCES points,
    gateway   text NOT NULL
);
