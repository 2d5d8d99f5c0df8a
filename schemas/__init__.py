"""The shapes that pass between the parts. Imports nothing of ours and does no I/O."""
