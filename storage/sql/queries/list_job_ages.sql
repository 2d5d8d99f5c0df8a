-- How long ago each job last succeeded, and how its newest run ended.
SELECT DISTINCT ON (job) job, outcome = 'done' AS done, detail,
       extract(epoch FROM now() - (SELECT max(d.finished_at) FROM job_runs d WHERE d.job = j.job AND d.outcome = 'done'))::float8 AS age_s
FROM job_runs j ORDER BY job, id DESC
