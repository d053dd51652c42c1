"""Templates: those that an account has, and what becomes of them and their data."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec

from ..account import Account, Template
from ..counting import timestamps
from ..untyped import JSONObject, Members
from .errors import Refusal
from .send_requests import SendRequest, TemplateSource

#: Characters of template data. [doc]
_MOST_DATA = 262_144

#: What SES itself puts into an email. [guide]
_OF_SES = {name: f"{{{{{name}}}}}" for name in ("amazonSESUnsubscribeUrl", "ses:openTracker")}

#: What renders them, and how to get it.
_LIBRARY = "dotpromptz_handlebars"
HOW_TO_INSTALL = "pip install 'sesv2-fake[templates]'"


class RenderingError(Exception):
    """Why a template cannot be rendered, in SES's words."""


def has_any(account: Account) -> bool:
    """Whether the account has a template in any region."""
    return any(kept for _, kept in account.templates.all(None))


def get(account: Account, region: str, name: str) -> Template:
    """The account's template of this name.

    Raises Refusal if there is none; its words are [open: template-words].
    """
    template = account.templates.of(region).get(name)
    if template is None:
        raise Refusal(
            "NotFoundException", f"Template {name} does not exist.", in_v1="TemplateDoesNotExist"
        )
    return template


def parse_data(data: str) -> JSONObject | None:
    """Template data; None if they are no JSON object, or too long."""
    try:
        found = json.loads(data) if len(data) <= _MOST_DATA else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def rendered(
    account: Account, region: str, request: SendRequest
) -> tuple[JSONObject, RenderingError | None]:
    """What its template changes of the content of an email, and why that failed."""
    content = request.content
    if not request.uses_template:
        return {}, None
    source = request.template or account.templates.of(region).get(content.template_name or "")
    if source is None:
        unrendered = (
            f"the template {content.template_name!r} is not known here, so it was not rendered: "
            "add it with fake.add_template()"
        )
        return {"unrendered": unrendered}, None
    if not can_render():
        return {"unrendered": f"the template was not rendered: {HOW_TO_INSTALL}"}, None
    data: JSONObject = {}
    for one in content.template_data:
        data.update(parse_data(one) or {})
    try:
        subject, text, html = render_parts(source, data)
    except RenderingError as error:
        return {"unrendered": f"the template was not rendered: {error}"}, error
    return {"subject": subject, "text": text, "html": html}, None


def can_render() -> bool:
    """Whether the extra `templates` is installed."""
    return find_spec(_LIBRARY) is not None


def render_parts(
    source: Template | TemplateSource, data: Members
) -> tuple[str | None, str | None, str | None]:
    """Subject, text and HTML of a template.

    Raises RenderingError.
    """
    subject, text, html = (
        None if part is None else render(part, data)
        for part in (source.subject, source.text, source.html)
    )
    return subject, text, html


def render(source: str, data: Members) -> str:
    """A part of a template with its placeholders filled in.

    Raises RenderingError for an attribute that the data do not have, and for what is no template.
    """
    if "{{" not in source:
        return source
    from dotpromptz_handlebars import StrictModeError

    template = _compiled(source)
    try:
        return template({**_OF_SES, **data})
    except StrictModeError as error:
        attribute = str(error).removesuffix(" is not defined")
        words = f"Attribute '{attribute}' is not present in the rendering data."  # [guide]
        raise RenderingError(words) from None
    except Exception as error:  # noqa: BLE001 - the library has no class of its own for errors
        raise _cannot_be_rendered(error) from None


def _cannot_be_rendered(error: Exception) -> RenderingError:
    return RenderingError(f"The template cannot be rendered: {error}.")  # [open: template-words]


def checked(name: object, subject: object, text: object, html: object) -> Template:
    """The template that a test hands in; TypeError or ValueError for what is none."""
    if not isinstance(name, str) or not name:
        raise ValueError(f"name: expected text that is not empty, got {name!r}")
    if subject is text is html is None:
        raise ValueError("expected a subject, text or html, got none")
    return Template(
        name,
        _checked_part("subject", subject),
        _checked_part("text", text),
        _checked_part("html", html),
        timestamps.now(),
    )


def _checked_part(part: str, source: object) -> str | None:
    if source is None:
        return None
    if not isinstance(source, str):
        raise TypeError(f"{part}: expected text, got {source!r} ({type(source).__name__})")
    if can_render():
        try:
            _compiled(source)
        except RenderingError as error:
            raise ValueError(f"{part}: {error}") from None
    return source


@lru_cache(maxsize=256)
def _compiled(source: str) -> Callable[[Members], str]:
    from dotpromptz_handlebars import Handlebars

    # SES does not escape HTML. [open: template-escaping]
    try:
        compiled: Callable[[Members], str]
        compiled = Handlebars(escape_html=False, strict=True).compile(source)
    except Exception as error:  # noqa: BLE001 - the library has no class of its own for errors
        raise _cannot_be_rendered(error) from None
    return compiled
