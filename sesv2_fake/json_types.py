"""The types of JSON's values: what they hold is known only when somebody looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

#: Any value.
JSON: TypeAlias = Any
JSONObject: TypeAlias = dict[str, Any]
#: An object that is only read: the members of a request, of a response, or of a part of one.
Members: TypeAlias = Mapping[str, Any]
