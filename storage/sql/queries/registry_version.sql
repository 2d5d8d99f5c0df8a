-- A number that grows with every change of points.
SELECT coalesce(max(id), 0) FROM registry_versions
