"""What the integration costs, each figure a ratio against a yardstick measured in the same run."""
