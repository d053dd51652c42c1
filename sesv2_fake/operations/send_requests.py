"""The emails that a request asks for: JSON of SES v2, forms of SES v1."""

from __future__ import annotations

from typing import NamedTuple

from ..emails.content import Destination, SentContent
from ..emails.mime import MalformedMail, RawMail, parse
from ..untyped import JSONObject, Members
from .errors import bad_request, constraint, constraints_refusal
from .query_protocol import parse_form
from .requests import (
    as_string,
    as_structure,
    get_list,
    get_string,
    get_strings,
    get_structure,
    parse_json,
)

#: Entries of a bulk send. [doc]
_MOST_ENTRIES = 50


class TemplateSource(NamedTuple):
    """The parts of a template, placeholders and all."""

    subject: str | None = None
    text: str | None = None
    html: str | None = None


class SendRequest(NamedTuple):
    """One email, as a request has it."""

    #: botocore's name of the service: `sesv2` or `ses`.
    service: str
    sender: str | None
    destination: Destination
    reply_to: tuple[str, ...]
    return_path: str | None
    identity_arn: str | None
    configuration_set: str | None
    tenant: str | None
    tags: tuple[tuple[str, str], ...]
    content: SentContent
    #: An inline template.
    template: TemplateSource | None = None
    raw: RawMail | None = None
    #: What the request itself says of trackers, if anything.
    open_tracking: bool | None = None
    click_tracking: bool | None = None

    @property
    def recipients(self) -> tuple[str, ...]:
        """All of To, Cc and Bcc."""
        to, cc, bcc = self.destination
        return to + cc + bcc

    @property
    def uses_template(self) -> bool:
        """Whether a template makes its content, an inline one or one that the account has."""
        return self.template is not None or self.content.template_name is not None


def send_email(body: bytes) -> list[SendRequest]:
    """`SendEmail` of SES v2."""
    members = parse_json(body)
    check_required(members, "Content")
    contents = get_structure(members, "Content")
    kinds = [kind for kind in ("Simple", "Raw", "Template") if contents.get(kind) is not None]
    if len(kinds) != 1:
        # [open: send-words]
        raise bad_request("Content must have one of Simple, Raw, Template.")
    (kind,) = kinds
    content = get_structure(contents, kind)
    if kind == "Simple":
        check_required(content, "Subject", "Body", of="content.simple.")
        sent = _with_headers(_simple(content), content, "content.simple.")
    else:
        sent = SentContent()
    destination = get_structure(members, "Destination")
    request = _of_v2(members, destination, _pairs(members, "EmailTags"), sent)
    if kind == "Raw":
        return [_raw(request, content)]
    if kind == "Template":
        return [_template(request, content, "content.template.")]
    return [request]


def send_bulk_email(body: bytes) -> list[SendRequest]:
    """`SendBulkEmail`: its own tags, data and headers stand before those of all."""
    members = parse_json(body)
    check_required(members, "DefaultContent", "BulkEmailEntries")
    entries = _entries(members, "BulkEmailEntries")
    tags = _pairs(members, "DefaultEmailTags")
    request = _of_v2(members, {}, tags, SentContent())
    template = get_structure(get_structure(members, "DefaultContent"), "Template")
    request = _template(request, template, "defaultContent.template.")
    return [_entry_of_v2(request, entry, place) for place, entry in enumerate(entries, start=1)]


def _entry_of_v2(request: SendRequest, entry: Members, place: int) -> SendRequest:
    content = request.content
    replacement = get_structure(entry, "ReplacementEmailContent")
    data = get_string(get_structure(replacement, "ReplacementTemplate"), "ReplacementTemplateData")
    if data is not None:
        content = content._replace(template_data=(*content.template_data, data))
    if "ReplacementHeaders" in entry:
        own = _headers(entry, "ReplacementHeaders", f"bulkEmailEntries.{place}.member.")
        headers = {name.lower(): (name, value) for name, value in (*content.headers, *own)}
        content = content._replace(headers=tuple(headers.values()))
    return _entry(request, entry, content)


def send_email_v1(body: bytes) -> list[SendRequest]:
    """`SendEmail` of SES v1."""
    members = parse_form(body)
    check_required(members, "Source", "Message")
    return [_of_v1(members)._replace(content=_simple(get_structure(members, "Message")))]


def send_raw_email(body: bytes) -> list[SendRequest]:
    """`SendRawEmail`."""
    members = parse_form(body)
    check_required(members, "RawMessage")
    request = _of_v1(members)
    to = _strings(members, "Destinations")
    return [
        _raw(request._replace(destination=Destination(to)), get_structure(members, "RawMessage"))
    ]


def send_templated_email(body: bytes) -> list[SendRequest]:
    """`SendTemplatedEmail`."""
    members = parse_form(body)
    check_required(members, "Source", "Template")
    return [_of_v1(members)._replace(content=_template_of_v1(members, "TemplateData"))]


def send_bulk_templated_email(body: bytes) -> list[SendRequest]:
    """`SendBulkTemplatedEmail`: its own tags and data stand before those of all."""
    members = parse_form(body)
    check_required(members, "Source", "Template", "Destinations")
    entries = _entries(members, "Destinations")
    content = _template_of_v1(members, "DefaultTemplateData")
    request = _of_v1(members)._replace(tags=_pairs(members, "DefaultTags"))
    return [
        _entry(
            request,
            entry,
            content._replace(
                # Without data of its own an entry is refused. [live]
                template_data=(
                    *content.template_data,
                    get_string(entry, "ReplacementTemplateData") or "",
                )
            ),
        )
        for entry in entries
    ]


def _entries(members: Members, name: str) -> list[JSONObject]:
    """The entries of a bulk send. The words about their number are [open: bulk-entries]."""
    entries = list(map(as_structure, get_list(members, name)))
    if not 0 < len(entries) <= _MOST_ENTRIES:
        than = f"less than or equal to {_MOST_ENTRIES}" if entries else "greater than or equal to 1"
        member = f"{name[0].lower()}{name[1:]}"
        raise constraints_refusal([constraint(member, f"have length {than}")])
    return entries


def _of_v2(
    members: Members,
    destination: Members,
    tags: tuple[tuple[str, str], ...],
    content: SentContent,
) -> SendRequest:
    sender, return_path, arn, configuration_set, tenant = get_strings(
        members,
        "FromEmailAddress",
        "FeedbackForwardingEmailAddress",
        "FromEmailAddressIdentityArn",
        "ConfigurationSetName",
        "TenantName",
    )
    request = SendRequest(
        "sesv2",
        sender,
        _destination(destination),
        _strings(members, "ReplyToAddresses"),
        return_path,
        arn,
        # What SES makes of empty names is [open: empty-names].
        configuration_set or None,
        tenant or None,
        tags,
        content,
    )
    if members.get("ConfigurationOverrides") is None:
        return request
    tracking = get_structure(get_structure(members, "ConfigurationOverrides"), "Tracking")
    return request._replace(
        open_tracking=_switch(tracking, "OpenTrackingEnabled"),
        click_tracking=_switch(tracking, "ClickTrackingEnabled"),
    )


def _of_v1(members: Members) -> SendRequest:
    return SendRequest(
        "ses",
        get_string(members, "Source"),
        _destination(get_structure(members, "Destination")),
        _strings(members, "ReplyToAddresses"),
        get_string(members, "ReturnPath"),
        get_string(members, "SourceArn") or get_string(members, "FromArn"),
        get_string(members, "ConfigurationSetName") or None,
        None,
        _pairs(members, "Tags"),
        SentContent(),
    )


def _entry(request: SendRequest, entry: Members, content: SentContent) -> SendRequest:
    """One email of many."""
    tags = {**dict(request.tags), **dict(_pairs(entry, "ReplacementTags"))}
    destination = _destination(get_structure(entry, "Destination"))
    return request._replace(destination=destination, tags=tuple(tags.items()), content=content)


def _switch(tracking: Members, name: str) -> bool | None:
    status = get_string(tracking, name)
    if status not in _SWITCH:
        member = f"configurationOverrides.tracking.{name[0].lower()}{name[1:]}"
        raise constraints_refusal(
            [constraint(member, "satisfy enum value set: [ENABLED, DISABLED]")]
        )
    return _SWITCH[status]


_SWITCH = {None: None, "ENABLED": True, "DISABLED": False}


def _simple(message: Members) -> SentContent:
    body = get_structure(message, "Body")
    return SentContent(
        get_string(get_structure(message, "Subject"), "Data"),
        get_string(get_structure(body, "Text"), "Data"),
        get_string(get_structure(body, "Html"), "Data"),
    )


def _raw(request: SendRequest, content: Members) -> SendRequest:
    """A raw email; its headers stand for what the request leaves out. [guide]"""
    try:
        raw = parse(get_string(content, "Data"))
    except MalformedMail as error:
        raise bad_request(str(error)) from None
    return request._replace(
        sender=request.sender or next(iter(raw.senders), None),
        destination=request.destination if any(request.destination) else raw.destination,
        reply_to=request.reply_to or raw.reply_to,
        identity_arn=request.identity_arn or raw.identity_arn,
        configuration_set=request.configuration_set or raw.configuration_set,
        tenant=request.tenant or raw.tenant,
        tags=request.tags or raw.tags,
        content=SentContent(raw.subject, raw=raw.raw),
        raw=raw,
    )


def _template(request: SendRequest, content: Members, of: str) -> SendRequest:
    """An email of a template of SES v2."""
    arn = get_string(content, "TemplateArn") or ""
    name = get_string(content, "TemplateName") or arn.rpartition("/")[2] or None
    source = None
    if content.get("TemplateContent") is not None:
        inline = get_structure(content, "TemplateContent")
        source = TemplateSource(*[get_string(inline, part) for part in ("Subject", "Text", "Html")])
    if not any(source or (name,)):
        # [open: template-words]
        raise bad_request("The template must have a name, or content of its own.")
    data = get_string(content, "TemplateData")
    sent = SentContent(template_name=name, template_data=() if data is None else (data,))
    return request._replace(content=_with_headers(sent, content, of), template=source)


def _template_of_v1(members: Members, data_name: str) -> SentContent:
    data = get_string(members, data_name)
    return SentContent(
        template_name=get_string(members, "Template"),
        template_data=() if data is None else (data,),
    )


def _with_headers(sent: SentContent, content: Members, of: str) -> SentContent:
    if "Headers" not in content and "Attachments" not in content:  # most
        return sent
    return sent._replace(
        headers=_headers(content, "Headers", of),
        attachments=tuple(map(as_structure, get_list(content, "Attachments"))),
    )


def _headers(content: Members, name: str, of: str) -> tuple[tuple[str, str], ...]:
    for place, header in enumerate(map(as_structure, get_list(content, name)), start=1):
        check_required(
            header, "Name", "Value", of=f"{of}{name[0].lower()}{name[1:]}.{place}.member."
        )
    return _pairs(content, name)


def _destination(destination: Members) -> Destination:
    return Destination(
        _strings(destination, "ToAddresses"),
        _strings(destination, "CcAddresses"),
        _strings(destination, "BccAddresses"),
    )


def _strings(members: Members, name: str) -> tuple[str, ...]:
    if name not in members:
        return ()
    return tuple([as_string(value) or "" for value in get_list(members, name)])


def _pairs(members: Members, name: str) -> tuple[tuple[str, str], ...]:
    """Message tags, or headers."""
    if name not in members:
        return ()
    pairs = map(as_structure, get_list(members, name))
    return tuple([(get_string(one, "Name") or "", get_string(one, "Value") or "") for one in pairs])


def check_required(members: Members, *names: str, of: str = "") -> None:
    """Raises Refusal if members are missing. [open: send-words]"""
    if None in map(members.get, names):
        absent = [name for name in names if members.get(name) is None]
        raise constraints_refusal(
            [constraint(f"{of}{name[0].lower()}{name[1:]}", "not be null") for name in absent]
        )
