-- Codes of the enterprises that are not retired.
SELECT code FROM enterprises WHERE retired_at IS NULL ORDER BY code
