-- Forget receipts committed before an instant, a bounded number at once.
DELETE FROM receipts WHERE id IN (
    SELECT id FROM receipts WHERE committed_at < %(before)s::timestamptz ORDER BY committed_at LIMIT %(limit)s::int)
