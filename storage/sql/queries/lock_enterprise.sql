-- An enterprise by its code; until the transaction ends nobody else books what it sold.
SELECT id FROM enterprises WHERE code = %(code)s::text AND retired_at IS NULL FOR NO KEY UPDATE
