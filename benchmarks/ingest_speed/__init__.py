"""How fast readings come in, and what else could take them: the parts of ``./dev bench ingest``."""
