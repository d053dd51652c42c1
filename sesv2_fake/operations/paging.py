"""Pages of a list, and the tokens for their next ones."""

from __future__ import annotations

import base64
import json
from bisect import bisect_right
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qs

from .requests import HttpRequest, serialization_error, unexpected

_Item = TypeVar("_Item")


def query_of(request: HttpRequest) -> dict[str, list[str]]:
    """The members of a request's query string."""
    return parse_qs(request.query, keep_blank_values=True)


def size_of(value: object, default: int) -> int:
    """A `PageSize` of a body or a query string; the default if it is missing.

    Raises Refusal (`SerializationException`). [open: wrong-types]
    """
    if value is None:
        return default
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            raise serialization_error(f"'{value[:50]}' can not be converted to Integer") from None
    if not isinstance(value, int) or isinstance(value, bool):
        raise unexpected(value, "an integer")
    return value


def page(
    items: Mapping[str, _Item], scope: str, size: int, token: str | None
) -> tuple[list[_Item], str | None]:
    """A page of items, in the order of their keys, and the token for the next page.

    Raises ValueError for a token that is unreadable, or of a list of another scope.
    """
    keys = sorted(items)
    first = 0 if token is None else bisect_right(keys, _last_key(token, scope))
    shown = keys[first : first + size]
    more = first + size < len(keys)
    return [items[key] for key in shown], _token(scope, shown[-1]) if more else None


def _token(scope: str, last_key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([scope, last_key]).encode()).decode()


def _last_key(token: str, scope: str) -> str:
    try:
        found = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    except RecursionError:
        raise ValueError(token) from None
    if not isinstance(found, list) or len(found) != 2 or found[0] != scope:
        raise ValueError(token)
    return str(found[1])
