"""Templates: those that an account has, and what becomes of them and their data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from ..account import Account, Template
from ..emails.content import SentContent
from .errors import Refusal
from .send_requests import SendRequest

#: Characters of template data. [doc]
_MOST_DATA = 262_144

#: What SES itself puts into an email. [guide]
_OF_SES = {name: f"{{{{{name}}}}}" for name in ("amazonSESUnsubscribeUrl", "ses:openTracker")}

_NOT_INSTALLED = (
    "the template was not rendered: install sesv2-fake with the extra `templates`, as in "
    "pip install 'sesv2-fake[templates]'"
)


class RenderingError(Exception):
    """Why a template cannot be rendered, in SES's words."""


def find(account: Account, region: str, name: str) -> Template | None:
    """The account's template of this name."""
    return account.templates.get((region, name)) or account.templates.get((None, name))


def get(account: Account, region: str, name: str) -> Template:
    """The same; raises Refusal if there is none. Its words are [open: template-words]."""
    template = find(account, region, name)
    if template is None:
        raise Refusal(
            "NotFoundException", f"Template {name} does not exist.", in_v1="TemplateDoesNotExist"
        )
    return template


def parse_data(data: str) -> dict[str, Any] | None:
    """Template data; None if they are no JSON object, or too long."""
    try:
        found = json.loads(data) if len(data) <= _MOST_DATA else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def rendered(
    account: Account, region: str, request: SendRequest
) -> tuple[SentContent, RenderingError | None]:
    """The content of an email with what its template makes, and why that failed."""
    content = request.content
    if not request.uses_template:
        return content, None
    source = request.template or find(account, region, content.template_name or "")
    if source is None:
        return content._replace(
            unrendered=(
                f"the template {content.template_name!r} is not known here, so it was not "
                "rendered: add it with fake.add_template()"
            )
        ), None
    if not can_render():
        return content._replace(unrendered=_NOT_INSTALLED), None
    data: dict[str, Any] = {}
    for one in content.template_data:
        data.update(parse_data(one) or {})
    try:
        subject, text, html = (
            None if part is None else render(part, data)
            for part in (source.subject, source.text, source.html)
        )
    except RenderingError as error:
        unrendered = f"the template was not rendered: {error}"
        return content._replace(unrendered=unrendered), error
    return content._replace(subject=subject, text=text, html=html), None


def can_render() -> bool:
    """Whether the extra `templates` is installed."""
    return find_spec("dotpromptz_handlebars") is not None


def render(source: str, data: Mapping[str, Any]) -> str:
    """A part of a template with its placeholders filled in.

    Raises RenderingError for an attribute that the data do not have, and for what is no template.
    """
    if "{{" not in source:
        return source
    from dotpromptz_handlebars import StrictModeError

    try:
        return _compiled(source)({**_OF_SES, **data})
    except StrictModeError as error:
        attribute = str(error).removesuffix(" is not defined")
        words = f"Attribute '{attribute}' is not present in the rendering data."  # [guide]
        raise RenderingError(words) from None
    except Exception as error:  # noqa: BLE001 - the library has no class of its own for errors
        # [open: template-words]
        raise RenderingError(f"The template cannot be rendered: {error}.") from None


@lru_cache(maxsize=256)
def _compiled(source: str) -> Callable[[Mapping[str, Any]], str]:
    from dotpromptz_handlebars import Handlebars

    # SES does not escape HTML. [open: template-escaping]
    compiled: Callable[[Mapping[str, Any]], str]
    compiled = Handlebars(escape_html=False, strict=True).compile(source)
    return compiled
