"""Whether an email holds what SES takes for a virus: the EICAR test text. [guide]"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

from ..emails.content import SentContent

# In two parts, so that no scanner takes this file for one.
_EICAR = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def _in_base64(text: str) -> Iterator[str]:
    """What base64 makes of a text within others: by where the others end, three things."""
    data = text.encode()
    for before in range(3):
        encoded = b64encode(bytes(before) + data).decode()
        whole = (before + len(data)) // 3 * 4
        # The first characters, and those after the last whole triple, depend on the others.
        yield encoded[(0, 2, 3)[before] : whole]


_SIGNS = (_EICAR, *_in_base64(_EICAR))
_LINE_ENDS = ("=\r\n", "=\n", "\r\n", "\n")


def has_virus(content: SentContent) -> bool:
    """Whether the test text is in any part."""
    for text in (content.subject, content.text, content.html):
        if text and _EICAR in text:
            return True
    if content.raw is None and not content.attachments:  # most
        return False
    encoded = [str(one.get("RawContent")) for one in content.attachments]
    if content.raw is not None:
        # Base64 and quoted-printable cut it into lines.
        raw = content.raw.decode("latin-1")
        for end in _LINE_ENDS:
            raw = raw.replace(end, "")
        encoded.append(raw)
    return any(sign in part for part in encoded for sign in _SIGNS)
