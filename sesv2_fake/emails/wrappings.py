"""What SNS, Lambda, SQS and EventBridge wrap event records in, taken off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .reading import SHOWN

#: What SNS itself sends to subscribers (`Type`), and what SES sends to a new topic: no events.
_SNS_TYPES = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
_SES_GREETING = "Successfully validated SNS topic"

#: The types under which these come out of `unwrapped`.
BESIDE_RECORDS = (*_SNS_TYPES, _SES_GREETING)

#: The member in which each wrapping holds what it wraps: Lambda's events (of SNS and of SQS),
#: an SNS notification, an EventBridge event.
_WRAPPINGS = ("Records", "Sns", "body", "Message", "detail")


class Broken(Exception):
    """A record that is not one of SES's."""

    def __init__(self, name: str, expected: str, got: object) -> None:
        shown = repr(got)
        if len(shown) > SHOWN:
            shown = f"{shown[:SHOWN]}..."
        super().__init__(f"{name}: expected {expected}, got {shown}")


def unwrapped(value: Any) -> Iterator[dict[str, Any]]:
    """The records that a value is or wraps."""
    if isinstance(value, list):
        for item in value:
            yield from unwrapped(item)
        return
    if not isinstance(value, dict):
        raise Broken("record", "a JSON object", value)
    if "eventType" in value or "notificationType" in value:
        yield value
        return
    for wrapping in _WRAPPINGS:
        if wrapping in value:
            inner = value[wrapping]
            if value.get("Type") in _SNS_TYPES:
                yield {"eventType": value["Type"]}
                return
            if isinstance(inner, str):
                if inner.startswith(_SES_GREETING):
                    yield {"eventType": _SES_GREETING}
                    return
                try:
                    inner = json.loads(inner)
                except (ValueError, RecursionError):
                    raise Broken(wrapping, "a record as JSON text", inner) from None
            yield from unwrapped(inner)
            return
    raise Broken(
        "eventType",
        f"a record with an eventType, or one of the wrappings {', '.join(_WRAPPINGS)}",
        value,
    )
