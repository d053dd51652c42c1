"""Tells the user where a call goes through here that the live service would refuse."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable
from types import FrameType

from ..service.errors import Refusal

#: What stands between the user's own line and the fake.
_CARRIERS = {"aioboto3", "aiobotocore", "boto3", "botocore", "sesv2_fake"}


class LiveDivergenceWarning(UserWarning):
    """The documented contract answered a call that the live service would refuse.

    With `contract="live"` the call is refused here too.
    """


def warn_of(diverging: Iterable[Refusal]) -> None:
    """Warn of what diverges, once for each answer of the live service, at the user's own line."""
    details: dict[str, list[str]] = {}
    for refusal in diverging:
        details.setdefault(f"{refusal.error}: {refusal.message}", []).append(refusal.detail)
    for message, about in details.items():
        warnings.warn(
            f"SES as documented takes this, but the live service refuses it: {'; '.join(about)} "
            f'({message}) Use contract="live" to have it refused here too.',
            LiveDivergenceWarning,
            stacklevel=_levels_to_user(),
        )


def _levels_to_user() -> int:
    """The stack level of the first frame outside the carriers, as the caller's `stacklevel`."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and _package_of(frame) in _CARRIERS:
        frame = frame.f_back
        level += 1
    return level


def _package_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
