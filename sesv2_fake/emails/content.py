"""The content of an email, as the request has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..untyped import JSONObject, Members


class Destination(NamedTuple):
    """The recipients of an email, as the request or a header has them: display names and all."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()


class SentContent(NamedTuple):
    """The content of an email, as the request has it; a message is made of it when a test asks."""

    subject: str | None = None
    text: str | None = None
    html: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    #: As `SendEmail` has them: `RawContent` (base64), `FileName`, ...
    attachments: tuple[Members, ...] = ()
    #: A raw email; then all else but the subject is what its headers and parts say.
    raw: bytes | None = None
    template_name: str | None = None
    #: JSON objects; what a later one says replaces what an earlier one says.
    template_data: tuple[str, ...] = ()
    #: Why subject, text and HTML are not known, of a template that is not rendered.
    unrendered: str | None = None

    @property
    def is_template(self) -> bool:
        """Whether a template was sent, rendered or not."""
        return self.template_name is not None or bool(self.template_data)


class MessageInfo(NamedTuple):
    """What is known of an email's content; nothing, of most emails that tests seed."""

    subject: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    #: As the request has them, with letter case and display names.
    sender: str | None = None
    destination: Destination = Destination()
    reply_to: tuple[str, ...] = ()
    #: Reads the content of an email that the code under test sent, which the request's body has:
    #: kept once, and as small as it came.
    read_content: Callable[[], SentContent] = SentContent
    #: The operation that sent it; of a seed, the one that nearly all code uses.
    operation: str = "SendEmail"


NO_MESSAGE_INFO = MessageInfo()


def merged_data(texts: Sequence[str]) -> JSONObject:
    """The data of a template, of one email, or of all and then of one."""
    merged: JSONObject = {}
    for text in texts:
        merged.update(json.loads(text))  # SES has refused what is no object
    return merged
