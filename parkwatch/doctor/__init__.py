"""Is everything as it should be, and if not, what to do: one module for each thing examined, one list of findings.

To add an examination: a module with ``examine(settings) -> list[Finding]``, and its line in ``examine.EXAMINATIONS``.
"""
