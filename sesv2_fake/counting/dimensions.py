"""How one value of each dimension is written: what emails can have and the live service takes."""

from __future__ import annotations

import re

from .metrics import Dimension

_NAME = re.compile(r"[A-Za-z0-9_-]+")
#: A bare name, or `local@domain` with both halves there; no space, no `*`, no list.
_IDENTITY = re.compile(r"[^\s*,@]+(?:@[^\s*,@]+)?")

#: reference/service.md, "Dimensions" [live].
CHARSETS: dict[Dimension, re.Pattern[str]] = {
    Dimension.EMAIL_IDENTITY: _IDENTITY,
    Dimension.CONFIGURATION_SET: _NAME,
    Dimension.ISP: _NAME,
    Dimension.TENANT_NAME: _NAME,
}

#: The same in words.
CHARSETS_IN_WORDS: dict[Dimension, str] = {
    Dimension.EMAIL_IDENTITY: "an address or a domain, such as 'news@example.com'",
    **dict.fromkeys(
        (Dimension.CONFIGURATION_SET, Dimension.ISP, Dimension.TENANT_NAME),
        "a name of ASCII letters, digits, '_' and '-'",
    ),
}


def is_well_formed(dimension: Dimension, value: str) -> bool:
    """Whether an email can have this value, and the live service takes it in a query."""
    return CHARSETS[dimension].fullmatch(value) is not None


def normalized(dimension: Dimension, value: str) -> str:
    """The value as it is compared: identities match in any letter case [live]."""
    return value.lower() if dimension is Dimension.EMAIL_IDENTITY else value


def checked(dimension: Dimension, value: object, name: str) -> str:
    """A value that a test handed in as `name`; TypeError or ValueError if none can have it."""
    if not isinstance(value, str):
        raise TypeError(
            f"{name}: expected {CHARSETS_IN_WORDS[dimension]}, "
            f"got {value!r} ({type(value).__name__})"
        )
    if not is_well_formed(dimension, value):
        raise ValueError(f"{name}: expected {CHARSETS_IN_WORDS[dimension]}, got {value!r}")
    return normalized(dimension, value)
