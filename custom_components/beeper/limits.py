"""How much is shown and kept of what Beeper and the networks say: each limit, and why.

A text is cut to its limit before anything is looked for in it. How much of an answer is
taken at all says `api/limits.py`; limits of how long something takes are in `const.py`.
"""

from typing import Final

# --- Texts, in characters

MAX_READ: Final = 1_024
"""Of a text that is looked through for contact details.

That takes a tenth of a millisecond as a rule, and some milliseconds where somebody is
out to make it long; an answer of Beeper may be one text of 4 MiB. It is more than a
state shows, because what is cut out makes room for what follows.
"""

MAX_LENGTH: Final = 500
"""Of a text in a dialog or the card: nobody reads more on a phone."""

MAX_STATE: Final = 255
"""Of a text in a state or an error: as much as Home Assistant lets a state itself be."""

MAX_NAME: Final = 64
"""Of the name of a person or a network, of a version, and of a word like a status."""

MAX_SHOWN_ID: Final = 255
"""Of an ID that is shown; nothing could be done with a part of one."""

MAX_CALLED: Final = 200
"""Of what a person is called, where it is to be kept out of diagnostics."""

# --- Attributes

MAX_LIST: Final = 12_288
"""Bytes of a list in an attribute.

The recorder keeps no attribute of a state of which all have more than 16 kB together
(`MAX_STATE_ATTRS_BYTES` in Home Assistant), which leaves 4 kB to the others.
"""

MAX_NAMED_FIELDS: Final = 50
"""Fields of a login step that are named; the longest form so far has 19 (X's cookies)."""

# --- Outages of accounts

MAX_OUTAGES: Final = 100
"""Of one account that are remembered one by one; those before are only counted."""

MAX_SHOWN_OUTAGES: Final = 5
"""Of one account that the card lists."""

# --- The log

MAX_UNKNOWN_STATUSES: Final = 10
"""Statuses that are not known here and are named; there are eight that are."""

MAX_ODD_LINES: Final = 20
"""Kinds of what is odd in one answer that are named."""

MAX_ODD_REPORTS: Final = 20
"""How often it is told what is odd; who changes that again and again is broken."""

# --- Forms: what is more is nothing that anybody fills in

MAX_FIELDS: Final = 20
"""Fields to fill in one by one; the translations of the dialog name so many."""

MAX_PICKED: Final = 500
"""Fields that are looked for in what a browser copies."""

MAX_LABEL: Final = 100
"""Characters of a field's or an option's name, and of the ID of a way to sign in."""

MAX_HINT: Final = 500
"""Characters of what a network says of a field."""

MAX_OPTIONS: Final = 100
"""Options of a field, and ways to sign in."""

MAX_OPTION: Final = 4_096
"""Characters of an option's value, which is sent as it is; only its label is cut."""

MAX_CHOICE: Final = 16_384
"""Characters of all options of a field together; all countries take half of that."""

MAX_URL: Final = 2_048
"""Characters of a page's address; a part of one would lead elsewhere."""

MAX_DATA: Final = 131_072
"""Characters of a picture or a sound that is held in its own address."""

MAX_ATTACHMENTS: Final = 2
"""Pictures and sounds of a step, of which captchas have one."""

MAX_QR_CODE: Final = 2_953
"""Bytes that any QR code can hold (ISO/IEC 18004, version 40, error correction L)."""

MAX_SCRIPT: Final = 10_000
"""Characters of an extraction script; a part of one would be of no use."""

MAX_PATTERN: Final = 1_000
"""Characters of the pattern of a field that is tried."""

MAX_WAYS: Final = 1_000_000
"""Ways to match a pattern that are tried, in some hundredths of a second at most."""

MAX_INLINE: Final = 20_000
"""Characters of a pasted text that are read at once; more in another thread."""

# --- What is noted for diagnostics

MAX_LOGINS_SEEN: Final = 50
"""Kinds of steps, and as many kinds of endings, of all login sessions of an entry."""

MAX_FIELDS_SEEN: Final = 25
"""Fields of a step that are noted."""

MAX_SEEN_WORD: Final = 64
"""Characters of a type, a flow or a code that are kept."""

MAX_NAMES_TOLD: Final = 30
"""Unknown members, and as many unknown values, that diagnostics tell."""
