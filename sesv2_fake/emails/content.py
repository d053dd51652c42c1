"""What an email says, as the request has it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from ..json_types import JSONObject, Members


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
    attachments: tuple[Members, ...] = ()
    #: A raw email; then all else but the subject is what its headers and parts say.
    raw: bytes | None = None
    template_name: str | None = None
    #: JSON objects; what a later one says replaces what an earlier one says.
    template_data: tuple[str, ...] = ()
    #: Why subject, text and HTML are not known, of a template that is not rendered.
    unrendered: str | None = None
    #: Text and HTML in UTF-8, once packed.
    utf_8: tuple[bytes | None, bytes | None] | None = None

    def packed(self) -> SentContent:
        """The same to be kept: an emoji makes a whole text take four bytes a character."""
        if (self.text or "").isascii() and (self.html or "").isascii():
            return self
        return self._replace(
            text=None, html=None, utf_8=(_to_utf_8(self.text), _to_utf_8(self.html))
        )

    def unpacked(self) -> SentContent:
        """The same to be read."""
        if self.utf_8 is None:
            return self
        text, html = map(_of_utf_8, self.utf_8)
        return self._replace(text=text, html=html, utf_8=None)

    @property
    def is_template(self) -> bool:
        """Whether a template was sent, rendered or not."""
        return self.template_name is not None or bool(self.template_data)


def _to_utf_8(text: str | None) -> bytes | None:
    return None if text is None else text.encode(errors="surrogatepass")


def _of_utf_8(data: bytes | None) -> str | None:
    return None if data is None else data.decode(errors="surrogatepass")


class MessageInfo(NamedTuple):
    """What is known of what an email says; of most emails that tests seed, nothing."""

    subject: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    #: As the request has them, with letter case and display names.
    sender: str | None = None
    destination: Destination = Destination()
    reply_to: tuple[str, ...] = ()
    #: Of an email that the code under test sent.
    content: SentContent = SentContent()


NO_MESSAGE_INFO = MessageInfo()


def merged_data(texts: Sequence[str]) -> JSONObject:
    """The data of a template, of one email, or of all and then of one."""
    merged: JSONObject = {}
    for text in texts:
        merged.update(json.loads(text))  # SES has refused what is no object
    return merged
