-- Make the policy what the registry says.
INSERT INTO notification_policy (body) SELECT %(body)s::jsonb WHERE %(body)s::jsonb IS NOT NULL
ON CONFLICT (one) DO UPDATE SET body = excluded.body WHERE notification_policy.body <> excluded.body
