"""What the integration costs, as ratios to yardsticks measured in the same run."""
