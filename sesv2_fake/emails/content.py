"""The content of an email that the code under test sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Destination(NamedTuple):
    """The recipients of an email, as the request or a header has them: display names and all."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()


class SentContent(NamedTuple):
    """What an email says, as the request has it; a message is made of it when a test asks."""

    subject: str | None = None
    text: str | None = None
    html: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    #: As `SendEmail` has them: `RawContent` (base64), `FileName`, ...
    attachments: tuple[Mapping[str, Any], ...] = ()
    #: A raw email; then all else is what its headers and parts say.
    raw: bytes | None = None
    template_name: str | None = None
    #: JSON objects; what a later one says replaces what an earlier one says.
    template_data: tuple[str, ...] = ()
    #: Why subject, text and HTML are not known, of a template that is not rendered.
    unrendered: str | None = None
