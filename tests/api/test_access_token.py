"""Access tokens, as people paste them."""

import pytest

from custom_components.beeper.api import normalize_access_token

TOKEN = "bpr_0aZ9-._~+/x=="


@pytest.mark.parametrize(
    "pasted",
    [
        "{}",
        " {}\n",
        # As it is sent
        "Bearer {}",
        "bearer\n{}",
        "Authorization: Bearer {}",
        "authorization：Bearer {}",
        "Authorization: {}",
        "-H 'Authorization: Bearer {}' \\",
        '--header "Authorization: {}"',
        "curl -H 'Authorization: Bearer {}' http://localhost:23373/v1/accounts",
        # As it is stored
        "access_token={}",
        "Token: {}",
        '{{"access_token": "{}", "token_type": "Bearer", "expires_in": 3600}}',
        '"access_token": "{}",',
        # In quotes of all kinds, and what follows in a sentence
        '"{}"',
        "'{}'",
        "`{}`",
        "“{}”",
        "„{}“",
        "«{}»",
        "« {} »",
        "‹{}›",
        "<{}>",
        "「{}」",
        "({})",
        "'Bearer {}'",
        "Bearer “{}”.",
        "{},",
        "{}.",
        "- {}",
        "• {}",
        # With what nobody sees
        "\ufeff{}",
        "\u200b{}\u200b\u2060",
        "\xa0{}\u3000",
        "\u202a{}\u202c\ufe0f",
    ],
)
def test_token_is_found_in_what_was_pasted(pasted: str) -> None:
    """Only the token itself is one."""
    assert normalize_access_token(pasted.format(TOKEN)) == TOKEN


@pytest.mark.parametrize(
    "tear", ["\n", "\r\n", " ", "\u2028", "\xad", "\u200b", "\n  "]
)
def test_token_that_was_torn_is_whole_again(tear: str) -> None:
    """A mail or a terminal breaks long lines."""
    torn = f"{TOKEN[:5]}{tear}{TOKEN[5:]}"
    assert normalize_access_token(torn) == TOKEN
    assert normalize_access_token(f"Bearer {torn}") == TOKEN


def test_full_width_token_is_meant_in_ascii() -> None:
    """An input method was on."""
    assert normalize_access_token("ｂｐｒ＿１２") == "bpr_12"


@pytest.mark.parametrize(
    ("pasted", "token"),
    [("", ""), ("“”", ""), ("Bearer", "Bearer"), ("wröng", "wröng"), ("...", "")],
)
def test_what_is_no_token_stays_wrong(pasted: str, token: str) -> None:
    """Beeper is to refuse it."""
    assert normalize_access_token(pasted) == token
