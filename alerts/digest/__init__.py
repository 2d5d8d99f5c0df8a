"""The daily digest of an enterprise: facts are read, put together, put into words, and told once."""
