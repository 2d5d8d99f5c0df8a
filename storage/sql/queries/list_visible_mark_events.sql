-- The history of a mark.
SELECT at, event, actor, detail FROM visible.mark_events WHERE mark_id = %(mark_id)s::bigint ORDER BY id
