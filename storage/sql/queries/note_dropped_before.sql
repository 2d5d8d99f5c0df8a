-- Everything of a level before this instant was dropped.
UPDATE retention_lines SET dropped_before = greatest(dropped_before, %(at)s::timestamptz) WHERE level = %(level)s::text
