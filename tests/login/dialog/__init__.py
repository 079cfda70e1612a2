"""Login sessions as dialogs: each step of each network, and everything that may go wrong."""
