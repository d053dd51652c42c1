"""The members of an event record, each checked; `Broken` says which is not as SES writes it."""

from __future__ import annotations

from typing import Any

from ..counting import metrics, timestamps
from ..counting.metrics import Dimension
from . import addresses
from .message import NOTHING_SAID, Said
from .wrappings import Broken

_EXAMPLE_TIME = "2017-08-05T00:40:02.012Z"
_EXAMPLE_ARN = "arn:aws:ses:us-east-1:123456789012:identity/example.com"


def part(parent: dict[str, Any], key: str, name: str) -> dict[str, Any]:
    """A member that is an object."""
    value = parent.get(key)
    if not isinstance(value, dict):
        raise Broken(name, "an object", value)
    return value


def text(parent: dict[str, Any], key: str, name: str) -> str:
    """A member that is text, and not empty."""
    value = parent.get(key)
    if not isinstance(value, str) or not value:
        raise Broken(name, "text", value)
    return value


def optional_text(parent: dict[str, Any], key: str, name: str) -> str | None:
    """A member that is text, or not there."""
    value = parent.get(key)
    if value is not None and not isinstance(value, str):
        raise Broken(name, "text", value)
    return value


def time(parent: dict[str, Any], name: str) -> int:
    """The moment of the `timestamp` of the part that has this name."""
    value = parent.get("timestamp")
    if isinstance(value, str):
        moment = timestamps.of_event_record(value)
        if moment is not None:
            return moment
        found = timestamps.parse_iso_8601(value)
        if found is not None and found[1]:
            return found[0]
    expected = f"a time such as {_EXAMPLE_TIME!r}, in the years 1 to 9999"
    raise Broken(f"{name}.timestamp", expected, value)


def address(value: object, name: str) -> str:
    """A bare address, of one that may have a display name."""
    found = addresses.parse_address(value) if isinstance(value, str) else None
    if found is None:
        raise Broken(name, "an address such as 'Sender Name <sender@example.com>'", value)
    return found


def recipients(mail: dict[str, Any]) -> tuple[str, ...]:
    """The bare addresses of all recipients."""
    destination = mail.get("destination")
    if not isinstance(destination, list) or not destination:
        raise Broken("mail.destination", "a list of the recipients' addresses", destination)
    if len(destination) == 1:  # nearly all: the quicker way
        return (address(destination[0], "mail.destination"),)
    return tuple([address(recipient, "mail.destination") for recipient in destination])


def identity(mail: dict[str, Any]) -> str | None:
    """The identity that an email was sent with, if the record says."""
    arn = _identity_arn(mail)
    return None if arn is None else arn.identity


def is_by_delegate(mail: dict[str, Any]) -> bool:
    """Whether another account's identity was used: "The ten metrics", the third rule. [guide]"""
    arn = _identity_arn(mail)
    account = optional_text(mail, "sendingAccountId", "mail.sendingAccountId")
    return arn is not None and account is not None and arn.account != account


def _identity_arn(mail: dict[str, Any]) -> addresses.IdentityArn | None:
    arn = mail.get("sourceArn")
    if arn is None:
        return None
    found = addresses.parse_identity_arn(arn) if isinstance(arn, str) else None
    if found is None:
        raise Broken("mail.sourceArn", f"an ARN such as {_EXAMPLE_ARN!r}", arn)
    return found


def tags(mail: dict[str, Any]) -> dict[str, Any]:
    """The tags, if there are any."""
    found = mail.get("tags")
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Broken("mail.tags", "an object of names and lists of values", found)
    return found


def tag(tags: dict[str, Any], name: str, dimension: Dimension) -> str | None:
    """The one value of a tag of SES's own, if it is there."""
    values = tags.get(name)
    if values is None:
        return None
    value = values[0] if isinstance(values, list) and len(values) == 1 else None
    if not isinstance(value, str) or not metrics.is_well_formed(dimension, value):
        words = metrics.CHARSETS_IN_WORDS[dimension]
        raise Broken(f"mail.tags.{name}", f"a list of {words}", values)
    return value


def said(mail: dict[str, Any], tags: dict[str, Any]) -> Said:
    """The subject and the message tags, as far as the record has them; no metric needs them."""
    headers = mail.get("commonHeaders")
    subject = headers.get("subject") if isinstance(headers, dict) else None
    own = [name for name in tags if name[:4] != "ses:"]
    if not own and not isinstance(subject, str):
        return NOTHING_SAID
    single = [
        (name, value[0])
        for name, value in tags.items()
        if name in own and isinstance(value, list) and len(value) == 1 and isinstance(value[0], str)
    ]
    return Said(subject if isinstance(subject, str) else None, tuple(single))
