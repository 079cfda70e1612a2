"""What people paste, a module for each module that reads it."""
