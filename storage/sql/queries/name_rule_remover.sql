-- Who removed a rule.
UPDATE rule_versions v SET changed_by = %(actor)s::text
WHERE v.code = %(code)s::text AND v.removed
  AND v.version = (SELECT max(w.version) FROM rule_versions w WHERE w.code = v.code)
