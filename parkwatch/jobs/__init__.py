"""The jobs that the schedule runs."""
