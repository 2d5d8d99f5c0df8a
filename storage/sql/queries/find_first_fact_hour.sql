-- The oldest hour that has facts.
SELECT min(hour) FROM hourly_facts
