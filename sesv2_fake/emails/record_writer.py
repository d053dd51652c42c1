"""The event records that SES would publish of an email, in the shapes of AWS's own samples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args

from .. import checks
from ..counting import timestamps
from ..counting.metrics import Dimension, Event, Trait
from .event_types import EVENT_TYPES, SUPPRESSED, MessageEvent
from .message import Message, id_in_sess_form, stable_uuid
from .segments import values_of

Wrapping = Literal["sns", "lambda", "eventbridge"]

_ACCOUNT = "123456789012"
_DELEGATING_ACCOUNT = "210987654321"
_DEFAULT_REGION = "us-east-1"
_DEFAULT_SUBJECT = "Message sent from Amazon SES"
_USER_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"

#: `status` and `diagnosticCode` of a bounced recipient.
_DIAGNOSES: dict[Event, tuple[str, str]] = {
    Event.PERMANENT_BOUNCE: ("5.1.1", "smtp; 550 5.1.1 user unknown"),
    Event.TRANSIENT_BOUNCE: ("4.4.7", "smtp; 554 4.4.7 message expired"),
    Event.UNDETERMINED_BOUNCE: ("5.0.0", "smtp; 550 5.0.0 message rejected"),
}
_SUPPRESSED_DIAGNOSIS = "Amazon SES did not send the message: the address is on a suppression list"

#: Members that SES's records have at times, beside those that are always written.
_AT_TIMES: dict[str, tuple[str, ...]] = {
    "mail": ("callerIdentity", "sourceIp"),
    "send": (),
    "delivery": ("remoteMtaIp",),
    "bounce": ("remoteMtaIp",),
    "complaint": ("complaintSubType",),
    "open": (),
    "click": (),
}

#: `detail-type` in EventBridge.
_DETAIL_TYPES: dict[str, str] = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Open": "Email Opened",
    "Click": "Email Clicked",
}


def written(
    message: Message, happening: MessageEvent, wrapped: object, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """The record of something that happened to a message, with members changed, and wrapped."""
    event_type = EVENT_TYPES[happening.event].record_type
    part = event_type.lower()
    mail = _mail(message, event_type)
    own = _own_part(message, happening)
    known = dict.fromkeys((*own, *_AT_TIMES[part]), own)
    for name in (*mail, *_AT_TIMES["mail"]):
        known.setdefault(name, mail)
    for name, value in changes.items():
        if name not in known:
            near = checks.suggestion(name, known)
            raise TypeError(f"{name}: no member of {part!r} or 'mail' in a record{near}")
        _check_json(name, value)
        known[name][name] = value
    record = {"eventType": event_type, "mail": mail, part: own}
    if wrapped is None:
        return record
    wrap = _WRAPS[checks.one_of(wrapped, get_args(Wrapping), "wrapped")]
    return wrap(record, happening.moment, _region(message))


def _check_json(name: str, value: object) -> None:
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(
            f"{name}: expected what JSON can hold, got {value!r:.100} ({error})"
        ) from None


def _mail(message: Message, event_type: str) -> dict[str, Any]:
    sender, *identities = values_of(message.segment, Dimension.EMAIL_IDENTITY)
    recipients = list(message.recipients)
    message_id = message.ensure_message_id()
    subject = message.info.subject or _DEFAULT_SUBJECT
    is_delegate = Trait.DELEGATE_SENDER in message.segment.traits
    owner = _DELEGATING_ACCOUNT if is_delegate else _ACCOUNT
    headers = {
        "From": sender,
        "To": ", ".join(recipients),
        "Subject": subject,
        "MIME-Version": "1.0",
        "Content-Type": "text/html; charset=UTF-8",
    }
    tags = {
        "ses:source-ip": "192.0.2.0",
        "ses:from-domain": identities[0],
        "ses:caller-identity": "ses_user",
    }
    for dimension in Dimension:
        name = dimension.definition.record_tag
        values = values_of(message.segment, dimension)
        if name is not None and len(values) == 1:
            tags[name] = values[0]
    if event_type == "Delivery":
        tags["ses:outgoing-ip"] = "192.0.2.0"
    return {
        "timestamp": _time(message.moment),
        "source": sender,
        "sourceArn": f"arn:aws:ses:{_region(message)}:{owner}:identity/{identities[-1]}",
        "sendingAccountId": _ACCOUNT,
        "messageId": message_id,
        "destination": recipients,
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
        "commonHeaders": {
            "from": [sender],
            "to": list(recipients),
            "messageId": message_id,
            "subject": subject,
        },
        "tags": {name: [value] for name, value in (*tags.items(), *message.info.tags)},
    }


def _own_part(message: Message, happening: MessageEvent) -> dict[str, Any]:
    """The member that is named after the event's type."""
    event, moment, details, _ = happening
    recipients = message.recipients
    addresses = [{"emailAddress": recipient} for recipient in recipients]
    timestamp = _time(moment)
    if event is Event.SEND:
        return {}
    if event is Event.DELIVERY:
        return {
            "timestamp": timestamp,
            "processingTimeMillis": max((moment - message.moment) // 1000, 0),
            "recipients": list(recipients),
            "smtpResponse": "250 2.6.0 Message received",
            "reportingMTA": "mta.example.com",
        }
    if event is Event.COMPLAINT:
        sub_type = {"complaintSubType": details.sub_type} if details.sub_type else {}
        return {
            "complainedRecipients": addresses,
            "timestamp": timestamp,
            "feedbackId": id_in_sess_form(moment, f"complaint about {message.ensure_message_id()}"),
            "userAgent": _USER_AGENT,
            "complaintFeedbackType": details.feedback_type or "abuse",
            "arrivalDate": timestamp,
            **sub_type,
        }
    reader = {"ipAddress": "192.0.2.1", "timestamp": timestamp, "userAgent": _USER_AGENT}
    if event is Event.OPEN:
        return reader
    if event is Event.CLICK:
        return {**reader, "link": "https://example.com/", "linkTags": None}
    bounced = {
        "action": "failed",
        "status": _DIAGNOSES[event][0],
        "diagnosticCode": diagnosis(happening),
    }
    return {
        "bounceType": EVENT_TYPES[event].bounce_type,
        "bounceSubType": details.sub_type,
        "bouncedRecipients": [{**address, **bounced} for address in addresses],
        "timestamp": timestamp,
        "feedbackId": id_in_sess_form(moment, f"bounce of {message.ensure_message_id()}"),
        "reportingMTA": "dsn; mta.example.com",
    }


def diagnosis(bounce: MessageEvent) -> str:
    """`diagnosticCode` of a bounce."""
    if bounce.details.sub_type == SUPPRESSED:
        return _SUPPRESSED_DIAGNOSIS
    return _DIAGNOSES[bounce.event][1]


def _region(message: Message) -> str:
    return message.segment.region or _DEFAULT_REGION


def _time(moment: int) -> str:
    """A moment in SES's form, to the millisecond: `2026-01-05T09:30:00.000Z`."""
    return timestamps.to_datetime(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _as_sns(record: dict[str, Any], moment: int, region: str) -> dict[str, Any]:
    text = json.dumps(record)
    topic = f"arn:aws:sns:{region}:{_ACCOUNT}:ses-events"
    host = f"https://sns.{region}.amazonaws.com"
    return {
        "Type": "Notification",
        "MessageId": str(stable_uuid(text)),
        "TopicArn": topic,
        "Subject": "Amazon SES Email Event Notification",
        "Message": text,
        "Timestamp": _time(moment),
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertURL": f"{host}/SimpleNotificationService-example.pem",
        "UnsubscribeURL": f"{host}/?Action=Unsubscribe&SubscriptionArn={topic}:example",
    }


def _as_lambda(record: dict[str, Any], moment: int, region: str) -> dict[str, Any]:
    # A function gets two of the names in another spelling, and no attributes is {}.
    sns = _as_sns(record, moment, region)
    sns["SigningCertUrl"] = sns.pop("SigningCertURL")
    sns["UnsubscribeUrl"] = sns.pop("UnsubscribeURL")
    sns["MessageAttributes"] = {}
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": f"{sns['TopicArn']}:example",
                "Sns": sns,
            }
        ]
    }


def _as_eventbridge(record: dict[str, Any], moment: int, region: str) -> dict[str, Any]:
    tags = record["mail"]["tags"]
    # A test may change them to what SES does not write.
    sets = tags.get("ses:configuration-set") if isinstance(tags, Mapping) else None
    names = sets if isinstance(sets, list) else []
    return {
        "version": "0",
        "id": str(stable_uuid(json.dumps(record))),
        "detail-type": _DETAIL_TYPES[record["eventType"]],
        "source": "aws.ses",
        "account": _ACCOUNT,
        "time": f"{_time(moment)[:19]}Z",
        "region": region,
        "resources": [f"arn:aws:ses:{region}:{_ACCOUNT}:configuration-set/{name}" for name in names]
        if isinstance(sets, list)
        else [],
        "detail": record,
    }


_WRAPS = {"sns": _as_sns, "lambda": _as_lambda, "eventbridge": _as_eventbridge}
