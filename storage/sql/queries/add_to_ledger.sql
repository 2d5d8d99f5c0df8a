-- Enter a batch into the books of its enterprises and day.
INSERT INTO ledger (enterprise, day, received, stored, duplicate, corrected, rejected)
VALUES (%(enterprise)s::text, %(day)s::date, %(received)s::bigint, %(stored)s::bigint, %(duplicate)s::bigint,
        %(corrected)s::bigint, %(rejected)s::bigint)
ON CONFLICT (enterprise, day) DO UPDATE
SET received = ledger.received + excluded.received, stored = ledger.stored + excluded.stored,
    duplicate = ledger.duplicate + excluded.duplicate, corrected = ledger.corrected + excluded.corrected,
    rejected = ledger.rejected + excluded.rejected
