-- Keep one run of a job.
INSERT INTO job_runs (job, started_at, finished_at, outcome, detail)
VALUES (%(job)s::text, %(started_at)s::timestamptz, %(finished_at)s::timestamptz, %(outcome)s::text, %(detail)s::text)
