"""What to enter in a browser's console, so that a page gives away what a step asks for.

A network brings a script for that; it is made here into one that copies what it finds.
"""

import re
from typing import Final

from ..limits import MAX_SCRIPT

_LINE_BREAK: Final = re.compile(
    r"""
    (?P<kept>
        "(?:[^"\\]|\\.)*+(?:"|\Z) | '(?:[^'\\]|\\.)*+(?:'|\Z) | `(?:[^`\\]|\\.)*+(?:`|\Z)
        | /\*.*?(?:\*/|\Z) | //.*?(?=\\[nr]|\Z)
        # After any of these, a slash begins a regular expression and is no division
        | (?<=[(,=:\[!&|?{};+\-*%<>~^])[ ]*+
          /(?:[^/\\\[]|\\.|\[(?:[^\]\\]|\\.)*+(?:\]|\Z))*+(?:/|\Z)
    )
    | \\(?P<literal>[nrt])
    """,
    re.DOTALL | re.VERBOSE,
)


def console_script(extract_js: str | None) -> str | None:
    """Return what to enter in a browser's console; `None` without a script to run.

    Extraction scripts evaluate to a promise of an object. The console can put text on
    the clipboard, but only lends the function for that to what runs before the first
    `await`; Firefox takes no text that comes later, so that it is shown, too.
    """
    if not extract_js or len(extract_js) > MAX_SCRIPT:
        return None
    script = _with_line_breaks(extract_js).rstrip("; \t\r\n")
    if not script:
        return None
    return (
        "((copy, text) => (copy(text), text))(copy, JSON.stringify(await (\n"
        f"{script}\n)))"
    )


def _with_line_breaks(script: str) -> str:
    r"""Return a script with the line breaks that it came without.

    Some come with a literal `\n` and `\t` for each (command line tool 0.6.2). Outside of
    texts and regular expressions neither has a meaning to JavaScript.
    """
    if "\n" in script.strip():
        return script
    return _LINE_BREAK.sub(_white_space, script)


def _white_space(match: re.Match[str]) -> str:
    return match["kept"] or {"n": "\n", "r": "\r", "t": "\t"}[match["literal"]]
