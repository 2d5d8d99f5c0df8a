"""Grafana dashboards as code: the queries in ``sql/``, the panels in Python, the JSON in ``deploy/grafana/dashboards``.

``python -m dashboards.build`` writes the JSON; a test proves that what is committed is what this code builds.
"""
