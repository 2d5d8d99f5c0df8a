-- Forget runs of jobs that ended before a moment.
DELETE FROM job_runs WHERE finished_at < %(before)s::timestamptz
