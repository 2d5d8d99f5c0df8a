-- Take the registry's enterprises that the file no longer has out of use, with their points.
WITH gone AS (
    UPDATE enterprises SET retired_at = now()
    WHERE source = 'registry' AND retired_at IS NULL AND code <> ALL (%(kept)s::text[])
    RETURNING id, code
), points_gone AS (
    UPDATE points p SET retired_at = now() FROM gone
    WHERE p.enterprise_id = gone.id AND p.source = 'registry' AND p.retired_at IS NULL
)
SELECT code FROM gone ORDER BY code
