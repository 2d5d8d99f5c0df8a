-- A person decides that the open restatement of a month is to be applied: its days are marked, so that the job takes it up.
WITH requested AS (
    UPDATE restatements
    SET state = 'requested', reason = %(reason)s::text, requested_by = %(actor)s::text, requested_at = now()
    WHERE month = %(month)s::date AND state = 'pending'
    RETURNING id, days
), marked AS (
    INSERT INTO dirty_days (enterprise_id, day)
    SELECT (SELECT min(id) FROM enterprises), day FROM requested, unnest(days) AS day
)
SELECT id FROM requested
