"""Tests of login sessions, whoever runs them."""
