"""The whole of it, as a person meets it: commands, a real Home Assistant, a real browser."""
