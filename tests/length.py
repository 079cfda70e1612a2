"""How long tests go on that are left to chance: the longer, the more they find.

With `LONG=1` in the environment, as in the daily run, they take the time that they are
worth. Without it they are the same tests, with fewer rounds.
"""

import os
from typing import Final

LONG: Final = os.environ.get("LONG", "") not in ("", "0")
