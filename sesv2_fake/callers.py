"""Whose line it was: the frames of the user's own code, above this package and its carriers."""

from __future__ import annotations

import inspect
from types import FrameType

#: What stands between the user's own line and the fake.
CARRIERS = {
    "aioboto3",
    "aiobotocore",
    "boto3",
    "botocore",
    "requests",
    "responses",
    "sesv2_fake",
}


def _is_users(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] not in CARRIERS


def levels_to_user() -> int:
    """What `warnings.warn` takes as `stacklevel`, called by the caller, for the user's line."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and not _is_users(frame):
        frame, level = frame.f_back, level + 1
    return level


def users_line() -> str:
    """The user's line as `file:line`."""
    frame = inspect.currentframe()
    while frame is not None and not _is_users(frame):
        frame = frame.f_back
    return "unknown place" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"
