"""Readings in: decode, identify, validate, batch, write, answer, acknowledge.

The guarantee: a message is acknowledged to the broker only after its readings are committed and the broker has taken
its receipt, or has it before it in the same stream of bytes. What makes it true: one transaction a batch
(storage.write_batch), manual acknowledgement on a persistent session (ingest.consumer), and the primary key (point,
instant), which turns a redelivery into a duplicate.
"""
