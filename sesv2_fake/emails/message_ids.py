"""Message ids in SES's form, which begins with the time; the same run makes the same ones."""

from __future__ import annotations

import uuid

#: Odd, so that its multiples differ in their last 120 bits.
_SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC835


def numbered_id(moment: int, number: int) -> str:
    """The id of this number: each number has one of its own, which costs less than a UUID."""
    text = f"{number * _SPREAD % 2**120:030x}"
    made_up = f"{text[:8]}-{text[8:12]}-4{text[12:15]}-a{text[15:18]}-{text[18:]}"
    return _in_sess_form(moment, made_up)


def id_in_sess_form(moment: int, name: str) -> str:
    """The id that stands for a name."""
    return _in_sess_form(moment, str(stable_uuid(name)))


def _in_sess_form(moment: int, made_up: str) -> str:
    return f"0100{max(moment // 1000, 0):012x}-{made_up}-000000"


def stable_uuid(name: str) -> uuid.UUID:
    """The UUID that stands for a name."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"sesv2-fake/{name}")
