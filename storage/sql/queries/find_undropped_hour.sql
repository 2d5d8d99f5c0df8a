-- From which hour on hours may still be to be dropped.
SELECT greatest((SELECT dropped_before FROM retention_lines WHERE level = 'hours'), (SELECT min(hour) FROM hourly_facts))
