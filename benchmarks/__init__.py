"""Measurements and long runs: ``./dev bench NAME [options]``."""
