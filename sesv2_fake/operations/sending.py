"""Sends: a request's emails are checked and put into the outbox; the simulator may answer them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, cast

from ..account import Account
from ..counting import timestamps
from ..counting.metrics import REQUESTED
from ..counting.rule import Trait
from ..emails import address_syntax
from ..emails.addresses import parse_identity_arn
from ..emails.content import MessageInfo, SentContent
from ..emails.email import Email
from ..emails.event_types import EventDetails, UncountedEvent
from ..emails.message import Message
from ..emails.mime import RawMail, decoded
from ..emails.segments import domains_of, segment_of
from ..untyped import JSONObject, Members
from . import send_requests, templates
from .calls import Reply
from .errors import Encoded, Refusal
from .mailbox_simulator import simulate
from .requests import HttpRequest
from .send_checks import check, check_bulk
from .send_requests import SendRequest
from .suppression import hold_back
from .virus import has_virus


class SendResult(NamedTuple):
    """The result of a send: the message id, or why it was refused."""

    message_id: str | None = None
    refusal: Refusal | None = None


class Send(NamedTuple):
    """An operation that sends emails."""

    #: The emails that a body asks for.
    read: Callable[[bytes], list[SendRequest]]
    #: The response, by what became of each.
    respond: Callable[[Sequence[SendResult]], JSONObject | Encoded]
    #: The message ids in a response as a client has parsed it; None for an entry that has none.
    ids: Callable[[Members], list[str | None]]
    #: A bad email of many affects no other.
    is_bulk: bool = False
    operation: str = ""

    def answer(self, account: Account, request: HttpRequest) -> Reply:
        """Send the emails, and reply with their message ids."""
        _check_not_paused(account, request.region)
        reply = Reply()
        results = []
        for place, asked in enumerate(self._checked(account, request)):
            if isinstance(asked, Refusal):
                results.append(SendResult(refusal=asked))
                continue
            read_content = partial(_content, self.read, request.body, place)
            email = send(account, request.region, asked, read_content, operation=self.operation)
            message_id = email._message.message_id
            account.own_ids.add(message_id)
            reply.emails.append(email)
            results.append(SendResult(message_id))
        reply.payload = self.respond(results)
        return reply

    def accepted_by_others(
        self, account: Account, request: HttpRequest, response: Members
    ) -> list[Email]:
        """Put into the outbox what somebody else has accepted.

        Raises Refusal for a request that is refused here.
        """
        entries = self._checked(account, request, accepted=True)
        return [
            send(
                account,
                request.region,
                asked,
                partial(_content, self.read, request.body, place),
                operation=self.operation,
                message_id=message_id,
            )
            for place, (asked, message_id) in enumerate(zip(entries, self.ids(response)))
            if message_id is not None and not isinstance(asked, Refusal)
        ]

    def _checked(
        self, account: Account, request: HttpRequest, *, accepted: bool = False
    ) -> Sequence[SendRequest | Refusal]:
        """The emails of a request; in a bulk send a refusal stands for a bad one."""
        asked, region = self.read(request.body), request.region
        if self.is_bulk:
            check_bulk(account, region, asked, accepted=accepted)
            return [_entry(account, region, one, accepted=accepted) for one in asked]
        check(account, region, asked[0], accepted=accepted)
        return asked


def _entry(
    account: Account, region: str, request: SendRequest, *, accepted: bool
) -> SendRequest | Refusal:
    try:
        check(account, region, request, accepted=accepted)
    except Refusal as refusal:
        return refusal
    return request


def _check_not_paused(account: Account, region: str) -> None:
    """What a send begins with. [live: alchemy]

    Raises Refusal.
    """
    settings = account.settings
    if settings.enforcement_status == "SHUTDOWN":  # by AWS
        raise Refusal(
            "SendingPausedException",
            "Sending paused for this account. For more information, please check the inbox of the "
            "email address associated with your AWS account.",
            in_v1="MessageRejected",
        )
    if not settings._sends_from(region):
        # [open: paused-words]
        raise Refusal(
            "SendingPausedException",
            "The message can't be sent because the account's ability to send email is currently "
            "paused.",
        )


def send(
    account: Account,
    region: str,
    request: SendRequest,
    read_content: Callable[[], SentContent],
    *,
    operation: str,
    message_id: str | None = None,
) -> Email:
    """Put an accepted email into the outbox; with the id that others gave it, or a new one.

    `read_content` reads its content again, without what its template makes of it.
    """
    content = request.content
    by_template, failure = templates.rendered(account, region, request)
    if by_template:
        content = content._replace(**by_template)
        read_content = partial(_replaced, read_content, json.dumps(by_template))
    has_html, has_link = _trackable(request, content)
    by_default = account.vdm.of(region).engagement_metrics
    opens, clicks = request.open_tracking, request.click_tracking
    recipients = tuple([address_syntax.parse(text).bare for text in request.recipients])
    arn = parse_identity_arn(request.identity_arn) if request.identity_arn else None
    segment = segment_of(
        address_syntax.parse(request.sender or "").bare.lower(),
        domains_of(recipients),
        region,
        frozenset(account.options["isps_without_feedback_loop"]),
        identity=None if arn is None else arn.identity,
        **{keyword: getattr(request, keyword) for keyword in REQUESTED},
        open_tracking=has_html and (by_default if opens is None else opens),
        click_tracking=has_link and (by_default if clicks is None else clicks),
    )
    info = MessageInfo(
        decoded(content.subject),
        request.tags,
        request.sender,
        request.destination,
        request.reply_to,
        read_content,
        operation,
    )
    moment = timestamps.now()
    message_store = account.messages
    with message_store.lock:
        given = message_id or message_store.new_message_id(moment)
        # Answers that others made up may have one id for all; then it is the first email's.
        is_new = given not in message_store.by_id[region]
        message = Message(
            message_store,
            segment,
            moment,
            recipients,
            message_id=given if is_new else None,
            info=info,
        )
        if failure is None:
            message.send()
        if failure is not None and is_new:
            message_store.add(message)
        message.message_id = given
        if is_new:
            message_store.captured[given] = message
        email = Email(message)
        account.outbox.append(email)
    if failure is not None:
        details = EventDetails(error_message=str(failure))
        message.add_uncounted(UncountedEvent.RENDERING_FAILURE, details)
    elif has_virus(content):
        message.add_uncounted(UncountedEvent.REJECT)
    else:
        # The list decides before the simulator does. [open: listed-simulator]
        held_back = hold_back(account, region, email)
        if Trait.MAILBOX_SIMULATOR in segment.traits:
            simulate(email, held_back)
    return email


def _content(read: Callable[[bytes], list[SendRequest]], body: bytes, place: int) -> SentContent:
    """What one of the emails of a body says."""
    return read(body)[place].content


def _replaced(read_content: Callable[[], SentContent], by_template: str) -> SentContent:
    """A content with what a template made, which is kept as JSON: in text each emoji costs more."""
    return read_content()._replace(**json.loads(by_template))


#: A link that SES can track: an anchor with `href` of http or https, and without the attribute
#: that has SES leave it alone. [guide] In a template a placeholder may become one.
_ANCHOR = re.compile(r"<(?:a|area)\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""[\s/"']*([^\s"'<>/=]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s<>]*)))?""")
_END_OF_TAG = re.compile(r"""[\s/"']*>""")
_TRACKABLE = re.compile(r"\s*(?:https?:|\{\{)", re.IGNORECASE)
_NO_TRACK = "ses:no-track"
#: No tag is searched further: broken HTML would take quadratic time.
_LONGEST_TAG = 8192


def _trackable(request: SendRequest, content: SentContent) -> tuple[bool, bool]:
    """Whether an email has HTML, and a link in it."""
    if content.raw is not None:
        html = cast("RawMail", request.raw).html
    elif content.unrendered is None:
        html = content.html
    elif request.template is not None:
        html = request.template.html
    else:
        return True, True  # [open: template-trackers]
    return (True, _has_link(html)) if html else (False, False)


def _has_link(html: str) -> bool:
    for anchor in _ANCHOR.finditer(html):
        place, limit = anchor.end(), anchor.end() + _LONGEST_TAG
        attributes: dict[str, str] = {}
        while found := _ATTRIBUTE.match(html, place, limit):
            attributes.setdefault(found[1].lower(), found[found.lastindex or 1])
            place = found.end()
        is_link = _TRACKABLE.match(attributes.get("href", "")) and _NO_TRACK not in attributes
        if is_link and _END_OF_TAG.match(html, place, limit):
            return True
    return False


def _message_id(results: Sequence[SendResult]) -> Encoded:
    # In an id made here is nothing that JSON escapes.
    message_id = results[0].message_id
    return Encoded(f'{{"MessageId":"{message_id}"}}', {"MessageId": message_id})


def _in_members(results: Sequence[SendResult]) -> JSONObject:
    return {"MessageId": results[0].message_id}


def _one_id(response: Members) -> list[str | None]:
    return [response.get("MessageId")]


def _bulk(
    read: Callable[[bytes], list[SendRequest]],
    member: str,
    success: str,
    invalid: str,
    rejected: str,
) -> Send:
    """A send of many emails, each of which has a status in one member. [doc]"""

    def respond(results: Sequence[SendResult]) -> JSONObject:
        return {
            member: [
                {"Status": success, "MessageId": one.message_id}
                if one.refusal is None
                else {
                    "Status": rejected if one.refusal.error == "MessageRejected" else invalid,
                    "Error": one.refusal.message,
                }
                for one in results
            ]
        }

    def ids(response: Members) -> list[str | None]:
        return [entry.get("MessageId") for entry in response.get(member, ())]

    return Send(read, respond, ids, is_bulk=True)


_SENDS: dict[tuple[str, str], Send] = {
    ("sesv2", "SendEmail"): Send(send_requests.send_email, _message_id, _one_id),
    ("sesv2", "SendBulkEmail"): _bulk(
        send_requests.send_bulk_email,
        "BulkEmailEntryResults",
        "SUCCESS",
        "INVALID_PARAMETER",
        "MESSAGE_REJECTED",
    ),
    ("ses", "SendEmail"): Send(send_requests.send_email_v1, _in_members, _one_id),
    ("ses", "SendRawEmail"): Send(send_requests.send_raw_email, _in_members, _one_id),
    ("ses", "SendTemplatedEmail"): Send(send_requests.send_templated_email, _in_members, _one_id),
    ("ses", "SendBulkTemplatedEmail"): _bulk(
        send_requests.send_bulk_templated_email,
        "Status",
        "Success",
        "InvalidParameterValue",
        "MessageRejected",
    ),
}
#: By service and operation.
SENDS = {key: send._replace(operation=key[1]) for key, send in _SENDS.items()}
