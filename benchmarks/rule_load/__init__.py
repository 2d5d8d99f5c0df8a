"""The park, its rules and the processes of ``./dev bench rules``."""
