"""The whole as a person meets it: commands, a real Home Assistant and browser."""
