"""Names for what a type checker cannot follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

#: A value of JSON, of any kind.
JSON: TypeAlias = Any
JSONObject: TypeAlias = dict[str, Any]
#: An object that is only read: the members of a request, of a response, or of a part of one.
Members: TypeAlias = Mapping[str, Any]
#: An object of another library that has no types, or not those of what is used here.
Untyped: TypeAlias = Any
