"""Message ids in SES's form, which begins with the time; the same run makes the same ones."""

from __future__ import annotations

import uuid

#: Odd, so that its multiples differ in their last 32 bits.
_SPREAD = 0x9E3779B9


def numbered_id(moment: int, number: int) -> str:
    """The id of this number: each number has one of its own, which costs less than a UUID."""
    spread = number * _SPREAD & 0xFFFFFFFF
    return f"0100{max(moment // 1000, 0):012x}-{spread:08x}-5e52-4fa6-ae1d-{number:012x}-000000"


def id_in_sess_form(moment: int, name: str) -> str:
    """The id that stands for a name."""
    return f"0100{max(moment // 1000, 0):012x}-{stable_uuid(name)}-000000"


def stable_uuid(name: str) -> uuid.UUID:
    """The UUID that stands for a name."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"sesv2-fake/{name}")
