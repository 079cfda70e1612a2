"""How much of Beeper's answers is taken: each limit of the client, with its reason.

What is longer is cut or left out before anything else is done with it. What of that is
shown and kept is limited by the file of this name above.
"""

from typing import Final

# --- Answers

MAX_BODY: Final = 4 * 1024 * 1024
"""Bytes of an answer; whatever is longer than this is not Beeper.

A thousand accounts take about half of one MiB. While an answer is parsed, Home Assistant
does nothing else: a fraction of a second for the worst one of this length.
"""

MAX_RETRY_AFTER: Final = 3600.0
"""Seconds. A server that asks to be left alone for longer is asked again after this."""

MAX_WHOLE_NUMBER: Final = 2**53
"""Up to here each whole number is one in JavaScript; Beeper counts to nothing like it."""

# --- What is in them

MAX_ID: Final = 1_024
"""Characters of an ID, and of any other text without which nothing can be done.

Home Assistant keeps the IDs of accounts and bridges in its registries. Those of Beeper
have 60 at most; what has a longer one is as good as without.
"""

MAX_TOKEN: Final = 16_384
"""Characters of an access token: as long as servers let all headers be together."""

MAX_ADDRESS: Final = 2_048
"""Characters of an address; browsers and proxies take no longer ones."""

MAX_VERSION: Final = 64
"""Characters; a longer version is not one, and would end up in a registry."""

MAX_ITEMS: Final = 1_000
"""Items of a list that is a part of something, such as the fields of a login step.

X has most of them so far: 19 cookies.
"""

MAX_LISTED: Final = 10_000
"""Accounts, and as many bridges; each becomes a device or entities.

That is ten times as many as are ever tried, and more than Home Assistant is made for.
"""

# --- What is noted for diagnostics

MAX_UNKNOWN: Final = 100
"""Members, and as many values; who sends more has a fault that a hundred show as well."""

MAX_FAILURES: Final = 50
"""Kinds of failures; a network that invents codes without end costs no memory."""

MAX_NOTED_WORD: Final = 64
"""Characters that are kept of a name, a word or a code."""
