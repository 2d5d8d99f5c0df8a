"""The way out: HTTP routes, the live stream, metrics, the wall page.

Reads the ``visible`` views of the database; decides nothing.
"""
