"""The composition root: settings, command line, schedule, embedded services, supervision. Nobody imports it."""
