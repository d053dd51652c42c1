"""Warns the user if a call goes through here that the live service would refuse."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from .. import checks
from ..operations.errors import Refusal


class LiveDivergenceWarning(UserWarning):
    """A call was answered that the documentation allows and the live service refuses.

    With `contract="live"` it is refused here too.
    """


def warn_of(diverging: Iterable[Refusal]) -> None:
    """Warn of what diverges, once for each answer of the live service, at the user's own line."""
    details: dict[str, list[str]] = {}
    for refusal in diverging:
        details.setdefault(f"{refusal.error}: {refusal.message}", []).append(refusal.detail)
    for message, about in details.items():
        warnings.warn(
            f"the documentation of SES allows this, but the live service refuses it: "
            f'{"; ".join(about)} ({message}) With contract="live" it is refused here too.',
            LiveDivergenceWarning,
            stacklevel=checks.levels_to_user(),
        )
