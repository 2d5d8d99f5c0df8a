-- The readings of a day that alerts rest on, from a day before they opened to a day after they ended: of the alert's point,
-- and for an exceedance of the enterprise's other gauges (oxygen, flow, wind).
INSERT INTO evidence_readings
SELECT r.* FROM readings r
WHERE r.ts >= %(start)s::timestamptz AND r.ts < %(end)s::timestamptz AND r.point_id IN (
    SELECT other.id
    FROM alerts a JOIN points p ON p.id = a.point_id
    JOIN points other ON other.id = p.id
        OR a.kind = 'exceedance' AND other.enterprise_id = p.enterprise_id AND other.kind = 'gauge'
    WHERE a.state <> 'withdrawn' AND a.statistic <> 'missing'
      AND a.opened_at < %(end)s::timestamptz + interval '1 day'
      AND CASE WHEN a.state = 'resolved' THEN coalesce(a.resolved_at, a.last_at) ELSE 'infinity' END
          > %(start)s::timestamptz - interval '1 day')
