"""Ids that are made up, and are the same in each run."""

from __future__ import annotations

import uuid


def id_in_sess_form(moment: int, name: str) -> str:
    """An id in SES's form, which begins with the time; the same name has the same one."""
    return f"0100{max(moment // 1000, 0):012x}-{stable_uuid(name)}-000000"


def stable_uuid(name: str) -> uuid.UUID:
    """The UUID that stands for a name."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"sesv2-fake/{name}")
