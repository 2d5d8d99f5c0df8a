-- The last hour whose end was judged.
SELECT through FROM judged_hours
