-- The readings next to an instant, point by point, as functions: a server that spreads readings over others reaches no LIMIT
-- inside a join, and makes them anew (0029_spread_readings); everywhere else the planner puts their text in their place.
-- Like the queries that call them they read what `readings` means to the caller: the table, or the view of it.
CREATE FUNCTION visible.first_readings(point int, since timestamptz, most int)
RETURNS TABLE (ts timestamptz, value double precision, flag "char") LANGUAGE sql STABLE AS $$
    SELECT r.ts, r.value, r.flag FROM readings r
    WHERE r.point_id = point AND r.ts >= since
    ORDER BY r.ts LIMIT most
$$;

-- Valid registers of a counter: the last two before an instant, the first two from it on; from `oldest` to `newest` at most.
CREATE FUNCTION visible.registers_before(
    point int, instant timestamptz, low double precision, high double precision, oldest timestamptz, newest timestamptz)
RETURNS TABLE (ts timestamptz, value double precision, flag "char") LANGUAGE sql STABLE AS $$
    SELECT r.ts, r.value, r.flag FROM readings r
    WHERE r.point_id = point AND r.ts < instant AND r.flag = 'N' AND r.value BETWEEN low AND high
      AND r.ts BETWEEN oldest AND newest
    ORDER BY r.ts DESC LIMIT 2
$$;

CREATE FUNCTION visible.registers_after(
    point int, instant timestamptz, low double precision, high double precision, oldest timestamptz, newest timestamptz)
RETURNS TABLE (ts timestamptz, value double precision, flag "char") LANGUAGE sql STABLE AS $$
    SELECT r.ts, r.value, r.flag FROM readings r
    WHERE r.point_id = point AND r.ts >= instant AND r.flag = 'N' AND r.value BETWEEN low AND high
      AND r.ts BETWEEN oldest AND newest
    ORDER BY r.ts LIMIT 2
$$;
