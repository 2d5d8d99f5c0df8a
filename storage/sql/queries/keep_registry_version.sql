-- Remember a registry file that changed something.
INSERT INTO registry_versions (sha256, body, changes) VALUES (%(sha256)s::text, %(body)s::text, to_jsonb(%(changes)s::text[]))
