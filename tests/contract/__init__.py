"""Beeper's own client, in its strict mode, against the simulator."""
