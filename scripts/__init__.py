"""Commands for contributors, and the parts they share."""
