-- A value that changes when rules or points have changed.
SELECT array[count(*), max(id)] FROM watch_changes
