-- Count the refusals of a batch by reason.
INSERT INTO ledger_reasons (enterprise, day, reason, rejected)
VALUES (%(enterprise)s::text, %(day)s::date, %(reason)s::text, %(rejected)s::bigint)
ON CONFLICT (enterprise, day, reason) DO UPDATE SET rejected = ledger_reasons.rejected + excluded.rejected
