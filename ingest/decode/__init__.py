"""Decoders: bytes in, readings and refusals out. Pure functions, one module for each language."""
