"""What the integration costs, as ratios to yardsticks measured in the same run."""

# Before all else that imports httpx or the test framework
from tests import newer_home_assistant  # noqa: F401
