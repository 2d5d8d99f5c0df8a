"""What is said, and the ways it is said. MQTT is not among them: ingest publishes the outbox channel ``mqtt``."""
