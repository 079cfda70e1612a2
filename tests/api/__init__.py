"""Tests of the client of the Beeper Desktop API."""
