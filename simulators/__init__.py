"""A believable chemical park that publishes over real MQTT, and the oracle that knows what it sent.

``demo_registry`` describes it, ``Park`` computes any minute of it from (seed, since, point, day) alone, ``telemetry``
makes payloads, ``Gateway`` delivers them against receipts; ``live``, ``backfill`` and ``replay`` are the three ways to
send, and ``truth`` says from the same model what the accounts must show.
"""
