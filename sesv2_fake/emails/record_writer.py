"""The event records that SES would publish of an email, in the shapes of AWS's own samples."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha512
from typing import Literal, cast, get_args

from .. import checks
from ..counting import timestamps
from ..counting.metrics import Dimension, Event
from ..counting.rule import Trait
from ..regions import DEFAULT_REGION
from ..untyped import JSONObject, Members
from . import mime
from .address_syntax import split
from .addresses import ACCOUNT_ID, domain_of
from .content import MessageInfo, SentContent
from .event_types import SUPPRESSED, MessageEvent
from .message import Message, id_in_sess_form, stable_uuid
from .segments import values_of

Wrapping = Literal["sns", "lambda", "eventbridge"]

_DELEGATING_ACCOUNT = "210987654321"
_DEFAULT_SUBJECT = "Message sent from Amazon SES"
_USER_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"

#: `status` and `diagnosticCode` of a bounced recipient.
_DIAGNOSES: dict[Event, tuple[str, str]] = {
    Event.PERMANENT_BOUNCE: ("5.1.1", "smtp; 550 5.1.1 user unknown"),
    Event.TRANSIENT_BOUNCE: ("4.4.7", "smtp; 554 4.4.7 message expired"),
    Event.UNDETERMINED_BOUNCE: ("5.0.0", "smtp; 550 5.0.0 message rejected"),
}
#: [live: "Event records" in reference/service.md], as the next one.
_SUPPRESSED_DIAGNOSIS = (
    "Amazon SES did not send the message to this address because it is on the suppression list for "
    "your account. For more information about removing addresses from the suppression list, see "
    "the Amazon SES Developer Guide at "
    "https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html"
)
_SIMULATED_SUPPRESSION = (
    "smtp; 550 5.1.1 As requested: user unknown (suppressed address: {recipient})"
)
_SIMULATED_SUPPRESSED = re.compile(r"suppressionlist(?:\+[^@]*)?@simulator\.amazonses\.com", re.I)

#: What a record holds of an email's headers, in characters; the rest is cut. [guide]
_HEADERS_KEPT = 10 * 1024
#: Records without headers. [guide]
_WITHOUT_HEADERS = ("Rendering Failure", "DeliveryDelay")

#: The member that holds the event's own part, if it is not the type in lower case.
_PARTS: dict[str, str] = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}

#: Members that some of SES's records have, beside those that are always written.
_OPTIONAL: dict[str, tuple[str, ...]] = {
    "mail": ("callerIdentity", "sourceIp", "headers", "commonHeaders", "sourceArn"),
    "delivery": ("remoteMtaIp",),
    "bounce": ("remoteMtaIp", "reportingMTA"),
    "complaint": ("complaintSubType", "userAgent", "complaintFeedbackType", "arrivalDate"),
    "deliveryDelay": ("reportingMTA",),
}

#: `detail-type` in EventBridge.
_DETAIL_TYPES: dict[str, str] = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Open": "Email Opened",
    "Click": "Email Clicked",
    "Reject": "Email Rejected",
    "Rendering Failure": "Email Rendering Failed",
    "DeliveryDelay": "Email Delivery Delayed",
    "Subscription": "Email Subscribed",
}


def event_record(
    message: Message, event: MessageEvent, wrapped: object, changes: Members
) -> JSONObject:
    """The record of something that happened to a message, with members changed, and wrapped."""
    event_type = event.type.record_type
    part = _PARTS.get(event_type, event_type.lower())
    mail = _mail(message, event_type)
    own = _OWN_PARTS[event_type](message, event)
    known = dict.fromkeys((*own, *_OPTIONAL.get(part, ())), own)
    for name in (*mail, *_OPTIONAL["mail"]):
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
    return wrap(record, event.moment, _region(message))


def _check_json(name: str, value: object) -> None:
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(
            f"{name}: expected what JSON can hold, got {value!r:.100} ({error})"
        ) from None


def _mail(message: Message, event_type: str) -> JSONObject:
    _, *identities = values_of(message.segment, Dimension.EMAIL_IDENTITY)
    info = message.full_info()
    is_delegate = Trait.DELEGATE_SENDER in message.segment.traits
    owner = _DELEGATING_ACCOUNT if is_delegate else ACCOUNT_ID
    tags = {
        # Of others than SendEmail it is [open: tags-order].
        "ses:operation": info.operation,
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
    mail: JSONObject = {
        "timestamp": _time(message.moment),
        "source": info.sender,
        "sourceArn": f"arn:aws:ses:{_region(message)}:{owner}:identity/{identities[-1]}",
        "sendingAccountId": ACCOUNT_ID,
        "messageId": message.ensure_message_id(),
        "destination": [address for some in info.destination for address in some],
        "headersTruncated": False,
        "tags": {name: [value] for name, value in (*tags.items(), *info.tags)},
    }
    content = info.read_content()
    is_unrendered = event_type == "Send" and content.is_template
    if is_unrendered:
        del mail["sourceArn"]  # [live: localstack's snapshot]
    if event_type not in _WITHOUT_HEADERS:
        # A `Send` of a template has no subject yet. [guide]
        subject = None if is_unrendered else _subject(message)
        headers = _headers(info._replace(subject=subject), content)
        kept = list(_not_cut(headers))
        mail["headersTruncated"] = len(kept) < len(headers)
        mail["headers"] = [{"name": name, "value": value} for name, value in kept]
        mail["commonHeaders"] = _common_headers(message, content, headers)
    return mail


def _subject(message: Message) -> str | None:
    is_seed = not any(message.info.destination)
    return message.info.subject or (_DEFAULT_SUBJECT if is_seed else None)


def _headers(info: MessageInfo, content: SentContent) -> list[tuple[str, str]]:
    if content.raw is not None:
        return mime.raw_headers(content.raw)
    return [
        *mime.headers_of(info, content),
        ("MIME-Version", "1.0"),
        ("Content-Type", mime.content_type_of(content)),
    ]


def _not_cut(headers: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
        if size > _HEADERS_KEPT:
            return
        yield name, value


def _common_headers(
    message: Message, content: SentContent, headers: list[tuple[str, str]]
) -> JSONObject:
    by_name: dict[str, str] = {}
    for name, value in headers:
        by_name.setdefault(name.lower(), value)
    info = message.full_info()
    if content.raw is None:
        senders, to, cc = [info.sender or ""], [*info.destination.to], [*info.destination.cc]
    else:
        senders, to, cc = (
            [mime.decoded(address) or "" for address in split(by_name.get(name, ""))]
            for name in ("from", "to", "cc")
        )
    common: JSONObject = {
        "from": senders,
        "to": to,
        "cc": cc,
        "date": by_name.get("date"),
        "messageId": message.ensure_message_id(),
        "subject": mime.decoded(by_name.get("subject")),
    }
    return {name: value for name, value in common.items() if value or name in ("from", "to")}


def _recipients(message: Message, event: MessageEvent) -> list[str]:
    """The bare addresses that a record is about."""
    return list(event.details.recipients or message.recipients)


def _delivery(message: Message, event: MessageEvent) -> JSONObject:
    return {
        "timestamp": _time(event.moment),
        "processingTimeMillis": max((event.moment - message.moment) // 1000, 0),
        "recipients": _recipients(message, event),
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "a8-70.smtp-out.amazonses.com",
    }


def _bounce(message: Message, event: MessageEvent) -> JSONObject:
    is_suppressed = event.details.sub_type == SUPPRESSED
    status = _DIAGNOSES[cast(Event, event.event)][0]
    return {
        "bounceType": event.type.bounce_type,
        "bounceSubType": event.details.sub_type,
        "bouncedRecipients": [
            {
                "emailAddress": recipient,
                "action": "failed",
                "status": status,
                "diagnosticCode": diagnosis(event, recipient),
            }
            for recipient in _recipients(message, event)
        ],
        "timestamp": _time(event.moment),
        "feedbackId": id_in_sess_form(event.moment, f"bounce of {message.ensure_message_id()}"),
        "reportingMTA": f"dns; {'amazonses.com' if is_suppressed else 'mta.example.com'}",
    }


def diagnosis(bounce: MessageEvent, recipient: str) -> str:
    """`diagnosticCode` of a bounced recipient."""
    if bounce.details.sub_type == SUPPRESSED:
        return _SUPPRESSED_DIAGNOSIS
    if _SIMULATED_SUPPRESSED.fullmatch(recipient):
        return _SIMULATED_SUPPRESSION.format(recipient=recipient)
    return _DIAGNOSES[cast(Event, bounce.event)][1]


def _complaint(message: Message, event: MessageEvent) -> JSONObject:
    _, moment, details, _ = event
    # Providers hide who it was: everyone at the domain is listed. [guide]
    domains = {domain_of(recipient) for recipient in _recipients(message, event)}
    complained = [one for one in message.recipients if domain_of(one) in domains]
    complaint: JSONObject = {
        "complainedRecipients": [{"emailAddress": recipient} for recipient in complained],
        "timestamp": _time(moment),
        "feedbackId": id_in_sess_form(moment, f"complaint about {message.ensure_message_id()}"),
    }
    if details.sub_type is not None:
        # No ISP has sent a feedback report. [live]; [open: suppressed-arrival]
        return {**complaint, "complaintSubType": details.sub_type}
    return {
        **complaint,
        "userAgent": _USER_AGENT,
        "complaintFeedbackType": details.feedback_type or "abuse",
        "arrivalDate": _time(moment),
    }


def _open(_: Message, event: MessageEvent) -> JSONObject:
    return {
        "ipAddress": "192.0.2.1",
        "timestamp": _time(event.moment),
        "userAgent": _USER_AGENT,
    }


def _click(message: Message, event: MessageEvent) -> JSONObject:
    return {**_open(message, event), "link": "https://example.com/", "linkTags": None}


def _rendering_failure(message: Message, event: MessageEvent) -> JSONObject:
    missing = "Attribute 'attributeName' is not present in the rendering data."
    return {
        "errorMessage": event.details.error_message or missing,
        "templateName": message.info.read_content().template_name or "MyTemplate",
    }


def _delivery_delay(message: Message, event: MessageEvent) -> JSONObject:
    return {
        "timestamp": _time(event.moment),
        "delayType": "TransientCommunicationFailure",
        "expirationTime": _time(event.moment + timestamps.DAY // 2),
        "delayedRecipients": [
            {
                "emailAddress": recipient,
                "status": "4.4.1",
                "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host",
            }
            for recipient in _recipients(message, event)
        ],
    }


def _subscription(_: Message, event: MessageEvent) -> JSONObject:
    def preferences(*, all_off: bool) -> JSONObject:
        topic = {"topicName": "ExampleTopicName", "subscriptionStatus": "OptOut"}
        return {"unsubscribeAll": all_off, "topicSubscriptionStatus": [topic]}

    return {
        "contactList": "ContactListName",
        "timestamp": _time(event.moment),
        "source": "UnsubscribeHeader",
        "newTopicPreferences": preferences(all_off=True),
        "oldTopicPreferences": preferences(all_off=False),
    }


#: What writes the member that is named after the event's type.
_OWN_PARTS: dict[str, Callable[[Message, MessageEvent], JSONObject]] = {
    "Send": lambda *_: {},
    "Delivery": _delivery,
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Open": _open,
    "Click": _click,
    "Reject": lambda *_: {"reason": "Bad content"},
    "Rendering Failure": _rendering_failure,
    "DeliveryDelay": _delivery_delay,
    "Subscription": _subscription,
}


def _region(message: Message) -> str:
    return message.segment.region or DEFAULT_REGION


def _time(moment: int) -> str:
    """A moment in SES's form, to the millisecond: `2026-01-05T09:30:00.000Z`."""
    return timestamps.to_datetime(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _as_sns(record: JSONObject, moment: int, region: str) -> JSONObject:
    text = json.dumps(record)
    topic = f"arn:aws:sns:{region}:{ACCOUNT_ID}:ses-events"
    host = f"https://sns.{region}.amazonaws.com"
    subscription = f"{topic}:{stable_uuid(topic)}"
    digest = sha512(text.encode()).digest()
    return {
        "Type": "Notification",
        "MessageId": str(stable_uuid(text)),
        "TopicArn": topic,
        "Subject": "Amazon SES Email Event Notification",
        "Message": text,
        "Timestamp": _time(moment),
        "SignatureVersion": "1",
        # As long as a real one, and the URL of the certificate looks like one: checking it fails.
        "Signature": b64encode(digest * 4).decode(),
        "SigningCertURL": f"{host}/SimpleNotificationService-{digest.hex()[:32]}.pem",
        "UnsubscribeURL": f"{host}/?Action=Unsubscribe&SubscriptionArn={subscription}",
    }


def _as_lambda(record: JSONObject, moment: int, region: str) -> JSONObject:
    # For a function two of the names are spelt otherwise, and there are always attributes.
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


def _as_eventbridge(record: JSONObject, moment: int, region: str) -> JSONObject:
    tags = record["mail"]["tags"]
    # A test may change them to what SES does not write.
    sets = tags.get("ses:configuration-set") if isinstance(tags, Mapping) else None
    names = sets if isinstance(sets, list) else []
    of_sets = f"arn:aws:ses:{region}:{ACCOUNT_ID}:configuration-set"
    return {
        "version": "0",
        "id": str(stable_uuid(json.dumps(record))),
        "detail-type": _DETAIL_TYPES[record["eventType"]],
        "source": "aws.ses",
        "account": ACCOUNT_ID,
        "time": f"{_time(moment)[:19]}Z",
        "region": region,
        "resources": [f"{of_sets}/{name}" for name in names],
        "detail": record,
    }


_WRAPS = {"sns": _as_sns, "lambda": _as_lambda, "eventbridge": _as_eventbridge}
