-- Remove rules that the registry no longer has; alerts keep the rule as it stood.
DELETE FROM rules WHERE code = ANY (%(codes)s::text[]) AND source = 'registry'
