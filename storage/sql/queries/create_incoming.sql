-- The staging table of a writer's connection; empty again after every commit.
CREATE TEMP TABLE IF NOT EXISTS incoming (
    seq       int NOT NULL,
    point_id  int NOT NULL,
    ts        timestamptz NOT NULL,
    value     double precision NOT NULL,
    flag      "char" NOT NULL
) ON COMMIT DELETE ROWS
