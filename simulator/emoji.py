"""The emoji one may have to tap on the phone, and their pictures, drawn for here."""

EMOJIS = {
    "⭐": "star",
    "🌙": "moon",
    "🔺": "triangle",
    "🔷": "diamond",
    "🟢": "circle",
    "💙": "heart",
}
"""The emoji and the names of their pictures."""

_SHAPES = {
    "star": (
        '<path fill="#f5b301" d="M50 8l12.9 26.6 29.1 4-21.2 20.3 5.2 29L50 74.1'
        ' 24 87.9l5.2-29L8 38.6l29.1-4z"/>'
    ),
    "moon": '<path fill="#f5c542" d="M62 8a43 43 0 1 0 30 61A36 36 0 0 1 62 8z"/>',
    "triangle": '<path fill="#e5483f" d="M50 12l42 74H8z"/>',
    "diamond": '<path fill="#3b88f5" d="M50 6l44 44-44 44L6 50z"/>',
    "circle": '<circle fill="#3fae49" cx="50" cy="50" r="42"/>',
    "heart": (
        '<path fill="#4a7df0" d="M50 88C20 66 8 51 8 35a21 21 0 0 1 42-5'
        ' 21 21 0 0 1 42 5c0 16-12 31-42 53z"/>'
    ),
}


def picture(name: str) -> str | None:
    """Return the picture of a name as SVG, None if there is no such name."""
    if (shape := _SHAPES.get(name)) is None:
        return None
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"'
        f' role="img" aria-label="{name}">{shape}</svg>'
    )
