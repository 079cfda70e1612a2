"""Configure: the options flow, from its menu to its end."""
