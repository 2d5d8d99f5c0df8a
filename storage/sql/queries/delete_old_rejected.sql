-- Forget refused messages received before an instant, with their bytes, a bounded number at once.
DELETE FROM rejected_payloads WHERE id IN (
    SELECT id FROM rejected_payloads WHERE received_at < %(before)s::timestamptz ORDER BY received_at LIMIT %(limit)s::int)
