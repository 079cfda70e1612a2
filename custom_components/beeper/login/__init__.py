"""Login sessions, whoever runs them."""
