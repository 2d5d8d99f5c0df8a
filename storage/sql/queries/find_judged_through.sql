-- The last hour whose end was judged; waits for a judge that is at it.
SELECT through FROM judged_hours FOR UPDATE
