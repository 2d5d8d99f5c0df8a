"""What ``./dev bench storage`` is made of."""
