"""Tests of Beeper for Home Assistant; they go through the front door, over real HTTP."""
