"""`GetMessageInsights`: what happened to one email."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from ..account import Account
from ..counting import timestamps
from ..counting.metrics import Dimension, Event
from ..counting.rule import Trait
from ..emails.addresses import ACCOUNT_ID
from ..emails.event_types import MessageEvent
from ..emails.message import Message
from ..emails.record_writer import diagnosis, event_record
from ..emails.segments import values_of
from ..untyped import JSONObject
from .calls import Reply, without_none
from .errors import Refusal, bad_request
from .metric_checks import check_vdm_is_on
from .requests import HttpRequest

#: How long messages can be asked for. [guide]
_KEPT = 30 * timestamps.DAY

#: The form of SES's own ids.
_FORM = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d{6}")
_ID = re.compile(r"/v2/email/insights/(.*?)/*")
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def get_message_insights(account: Account, request: HttpRequest) -> Reply:
    """The email, its recipient and what happened to it, in the order of time."""
    # Before the message id is looked at. [live]
    check_vdm_is_on(account, request.region)
    found = _ID.fullmatch(request.path)
    message_id = unquote(found[1]) if found else ""
    message = account.messages.find(message_id, request.region)
    if message is None and not _FORM.fullmatch(message_id):
        # A seed may have any id; which others are malformed is [open: malformed-id], as the words.
        raise bad_request(f"Invalid message id: {message_id}")
    if message is None or not is_kept(message):
        raise Refusal(
            "NotFoundException", f"Message <{message_id}> not found for account <{ACCOUNT_ID}>"
        )
    (recipient,) = message.recipients
    events = sorted(message.timeline(), key=_millisecond)
    payload = {
        "MessageId": message_id,
        "FromEmailAddress": values_of(message.segment, Dimension.EMAIL_IDENTITY)[0],
        "Subject": message.info.subject,
        "EmailTags": [{"Name": name, "Value": value} for name, value in _tags(message)],
        "Insights": [
            {
                "Destination": recipient,
                "Isp": values_of(message.segment, Dimension.ISP)[0],
                "Events": [_event(one, recipient) for one in events],
            }
        ],
    }
    return Reply(without_none(payload))


def _tags(message: Message) -> Iterator[tuple[str, str]]:
    """The email's own tags, and those that SES adds. [doc] Their order is [open: tags-order]."""
    yield from message.info.tags
    record = event_record(message, MessageEvent(Event.SEND, message.moment), None, {})
    added = {
        "ses:operation": message.info.operation,
        "ses:sender-identity": values_of(message.segment, Dimension.EMAIL_IDENTITY)[-1],
        **{name: values[0] for name, values in record["mail"]["tags"].items()},
    }
    yield from ((name, value) for name, value in added.items() if name.startswith("ses:"))


def is_kept(message: Message) -> bool:
    """Whether it can be asked for.

    Emails of several recipients or to the mailbox simulator cannot [live], nor old ones [guide].
    """
    return (
        len(message.recipients) == 1
        and Trait.MAILBOX_SIMULATOR not in message.segment.traits
        and message.moment >= timestamps.now() - _KEPT
    )


def _millisecond(happening: MessageEvent) -> int:
    """Event records know no more of a moment; what was first in the timeline stays first.

    That the oldest comes first is [open: insights-order].
    """
    return happening.moment // 1000


def _event(happening: MessageEvent, recipient: str) -> JSONObject:
    event, moment, details, _ = happening
    kind = happening.type
    found: JSONObject = {
        "Timestamp": moment / timestamps.SECOND,
        "Type": constant_of(kind.record_type.replace(" ", "")),
    }
    if kind.bounce_type is not None:
        bounce = {
            "BounceType": kind.bounce_type.upper(),
            "BounceSubType": constant_of(details.sub_type),
            "DiagnosticCode": diagnosis(happening, recipient),
        }
        found["Details"] = {"Bounce": without_none(bounce)}
    elif event is Event.COMPLAINT:
        complaint = {
            "ComplaintSubType": constant_of(details.sub_type),
            "ComplaintFeedbackType": details.feedback_type,
        }
        found["Details"] = {"Complaint": without_none(complaint)}
    return found


def constant_of(name: str | None) -> str | None:
    """A sub-type as it is written here: `OnAccountSuppressionList` is in capitals. [live]"""
    return None if name is None else _WORD.sub("_", name).upper()
