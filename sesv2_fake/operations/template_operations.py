"""The operations on templates: six of SES v2, and the same of SES v1."""

from __future__ import annotations

import re
from email.utils import format_datetime
from urllib.parse import unquote

from ..account import Account, Template
from ..counting import timestamps
from ..emails.content import MessageInfo, SentContent
from ..emails.mime import message_of
from ..untyped import Members
from . import templates
from .calls import Reply, without_none
from .errors import Refusal, bad_request, unknown
from .paging import page, query_of, size_of
from .query_protocol import parse_form
from .requests import (
    HttpRequest,
    get_string,
    get_structure,
    parse_json,
)
from .send_requests import check_required

#: Templates of a page, unless the request says how many, and at most. [doc]
_PAGE, _LARGEST_PAGE = 10, 100

_NAME = re.compile(r"/v2/email/templates/([^/]+)(?:/render)?/*")


def create_email_template(account: Account, request: HttpRequest) -> Reply:
    """`CreateEmailTemplate`."""
    members = parse_json(request.body)
    check_required(members, "TemplateName", "TemplateContent")
    return _create(account, request.region, _of_v2(get_string(members, "TemplateName"), members))


def create_template(account: Account, request: HttpRequest) -> Reply:
    """`CreateTemplate` of SES v1."""
    return _create(account, request.region, _of_v1(request))


def update_email_template(account: Account, request: HttpRequest) -> Reply:
    """`UpdateEmailTemplate`."""
    members = parse_json(request.body)
    check_required(members, "TemplateContent")
    return _update(account, request.region, _of_v2(_name_in_path(request), members))


def update_template(account: Account, request: HttpRequest) -> Reply:
    """`UpdateTemplate` of SES v1."""
    return _update(account, request.region, _of_v1(request))


def get_email_template(account: Account, request: HttpRequest) -> Reply:
    """`GetEmailTemplate`."""
    template = templates.get(account, request.region, _name_in_path(request))
    content = {"Subject": template.subject, "Text": template.text, "Html": template.html}
    return Reply({"TemplateName": template.name, "TemplateContent": without_none(content)})


def get_template(account: Account, request: HttpRequest) -> Reply:
    """`GetTemplate` of SES v1."""
    template = templates.get(account, request.region, _name_in_form(request))
    content = {
        "TemplateName": template.name,
        "SubjectPart": template.subject,
        "TextPart": template.text,
        "HtmlPart": template.html,
    }
    return Reply({"Template": without_none(content)})


def delete_email_template(account: Account, request: HttpRequest) -> Reply:
    """`DeleteEmailTemplate`."""
    name = _name_in_path(request)
    templates.get(account, request.region, name)
    account.templates.of(request.region).pop(name, None)
    return Reply({})


def delete_template(account: Account, request: HttpRequest) -> Reply:
    """`DeleteTemplate` of SES v1, which has no error for one that is not there. [doc]"""
    account.templates.of(request.region).pop(_name_in_form(request), None)
    return Reply({})


def list_email_templates(account: Account, request: HttpRequest) -> Reply:
    """`ListEmailTemplates`."""
    query = query_of(request)
    size = size_of(query.get("PageSize", [None])[0], _PAGE)
    if not 1 <= size <= _LARGEST_PAGE:
        # [open: template-words]
        raise bad_request(
            f"Page size {size} is invalid, expected a number between 1 and {_LARGEST_PAGE}"
        )
    found, token = _page(account, request.region, size, query.get("NextToken", [None])[0])
    metadata = [
        # The form of all times of SES v2: milliseconds are the fraction. [live]
        {"TemplateName": template.name, "CreatedTimestamp": template.created // 1000 / 1000}
        for template in found
    ]
    return Reply(without_none({"TemplatesMetadata": metadata, "NextToken": token}))


def list_templates(account: Account, request: HttpRequest) -> Reply:
    """`ListTemplates` of SES v1, which cuts a page that is too large. [doc]"""
    members = parse_form(request.body)
    size = min(size_of(members.get("MaxItems"), _PAGE), _LARGEST_PAGE)
    if size < 1:
        raise bad_request(f"MaxItems {size} is invalid")  # [open: template-words]
    found, token = _page(account, request.region, size, get_string(members, "NextToken"))
    metadata = [
        {"Name": template.name, "CreatedTimestamp": timestamps.iso_8601(template.created)}
        for template in found
    ]
    return Reply(without_none({"TemplatesMetadata": metadata, "NextToken": token}))


def test_render_email_template(account: Account, request: HttpRequest) -> Reply:
    """`TestRenderEmailTemplate`."""
    members = parse_json(request.body)
    check_required(members, "TemplateData")
    data = templates.parse_data(get_string(members, "TemplateData") or "")
    return _render(account, request, "TestRenderEmailTemplate", _name_in_path(request), data)


def test_render_template(account: Account, request: HttpRequest) -> Reply:
    """`TestRenderTemplate` of SES v1."""
    members = parse_form(request.body)
    check_required(members, "TemplateName", "TemplateData")
    data = templates.parse_data(get_string(members, "TemplateData") or "")
    return _render(account, request, "TestRenderTemplate", _name_in_form(request), data)


def _of_v2(name: str | None, members: Members) -> Template:
    content = get_structure(members, "TemplateContent")
    subject, text, html = (get_string(content, part) for part in ("Subject", "Text", "Html"))
    return Template(name or "", subject, text, html, timestamps.now())


def _of_v1(request: HttpRequest) -> Template:
    members = parse_form(request.body)
    check_required(members, "Template")
    template = get_structure(members, "Template")
    check_required(template, "TemplateName", of="template.")
    name, subject, text, html = (
        get_string(template, part)
        for part in ("TemplateName", "SubjectPart", "TextPart", "HtmlPart")
    )
    return Template(name or "", subject, text, html, timestamps.now())


def _name_in_path(request: HttpRequest) -> str:
    found = _NAME.fullmatch(request.path)
    return unquote(found[1]) if found else ""


def _name_in_form(request: HttpRequest) -> str:
    return get_string(parse_form(request.body), "TemplateName") or ""


def _create(account: Account, region: str, template: Template) -> Reply:
    # The words of both are [open: template-words].
    if not template.name:
        raise bad_request("The template name must be specified.")
    if template.name in account.templates.of(region):
        raise Refusal(
            "AlreadyExistsException",
            f"Template {template.name} already exists.",
            in_v1="AlreadyExists",
        )
    account.templates.of(region)[template.name] = template
    return Reply({})


def _update(account: Account, region: str, template: Template) -> Reply:
    before = templates.get(account, region, template.name)
    account.templates.of(region)[template.name] = template._replace(created=before.created)
    return Reply({})


def _page(
    account: Account, region: str, size: int, token: str | None
) -> tuple[list[Template], str | None]:
    try:
        return page(account.templates.of(region), f"templates {region}", size, token)
    except ValueError:
        raise bad_request("Token is invalid.") from None  # [open: template-words]


def _render(
    account: Account,
    request: HttpRequest,
    operation: str,
    name: str,
    data: Members | None,
) -> Reply:
    template = templates.get(account, request.region, name)
    if data is None:
        raise Refusal(
            "BadRequestException",
            "Unable to parse template data (invalid JSON).",
            in_v1="InvalidRenderingParameter",
        )
    if not templates.can_render():
        raise unknown(f"{operation} without the extra: {templates.HOW_TO_INSTALL}")
    try:
        content = SentContent(*templates.render_parts(template, data))
    except templates.RenderingError as error:
        raise Refusal(
            "BadRequestException", str(error), in_v1="MissingRenderingAttribute"
        ) from None
    message = message_of(MessageInfo(content.subject, read_content=lambda: content))
    message["Date"] = format_datetime(timestamps.to_datetime(timestamps.now()))
    return Reply({"RenderedTemplate": message.as_string()})
