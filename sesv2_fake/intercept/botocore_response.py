"""An answer in the form in which botocore and aiobotocore read what came over a wire."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, cast

import botocore.exceptions
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from ..operations.errors import HttpAnswer
from ..operations.faults import DROPS


class _Content(bytes):
    """A body that botocore uses as bytes and aiobotocore awaits."""

    def __await__(self) -> Generator[None, None, bytes]:
        yield from ()
        return bytes(self)


class _Raw:
    """What stands for the response on the wire; aiobotocore reads its headers there till 2.21."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        return [(name.encode(), value.encode()) for name, value in self._headers.items()]


class Response(AWSResponse):
    """An answer that never was on a wire."""

    def __init__(self, url: str, answer: HttpAnswer) -> None:
        headers = cast(HTTPHeaders, answer.headers)
        super().__init__(url, answer.status, headers, _Raw(answer.headers))
        self._content = _Content(answer.body)


def exception_of(drop: Any, url: str) -> Exception:
    """The exception that a connection fault asks for, as botocore raises it."""
    if isinstance(drop, Exception):
        return drop.with_traceback(None)
    exception = getattr(botocore.exceptions, DROPS[drop]) if isinstance(drop, str) else drop
    return cast(Exception, exception(endpoint_url=url, error="dropped by sesv2_fake"))
