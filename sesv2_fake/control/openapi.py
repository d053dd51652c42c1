"""The OpenAPI document of the control API, made of its table."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .. import __version__
from ..untyped import JSONObject
from . import schemas
from .bodies import Schema
from .endpoints import Endpoint

_PROBLEM = schemas.object_schema(
    "message",
    message=schemas.TEXT,
    where=schemas.described(schemas.TEXT, "The place in the body, as a JSON Pointer"),
)
_PARAMETER = re.compile(r"\{(\w+)\}")

#: What can be wrong with any request, and with those that change something.
_PROBLEMS = {
    "400": "What was wrong, as the Python API says it",
    "403": "This page or host is not allowed",
}
_PROBLEMS_OF_CHANGES = {
    "413": "The body is too large",
    "415": "The Content-Type is not JSON",
    "409": "Limit reached",
}


def document(endpoints: Iterable[Endpoint], prefix: str, base: str) -> JSONObject:
    """The document for these endpoints; `base` is what stands before the prefix in the URL."""
    paths: dict[str, JSONObject] = {}
    for endpoint in endpoints:
        at_path = paths.setdefault(f"{prefix}/{endpoint.path}", {})
        at_path[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sesv2-fake",
            "version": __version__,
            "description": "Seeds a served fake of Amazon SES v2, and shows what it saw. "
            "Members are named as the arguments in Python are.",
        },
        **({"servers": [{"url": base}]} if base else {}),
        "paths": paths,
    }


def _operation(endpoint: Endpoint) -> JSONObject:
    in_path = _PARAMETER.findall(endpoint.path)
    problems = dict(_PROBLEMS)
    if endpoint.body is not None:
        problems |= _PROBLEMS_OF_CHANGES
    if in_path:
        problems["404"] = "Not found"
    found: JSONObject = {
        "operationId": _name(endpoint),
        "summary": endpoint.summary,
        "responses": {
            str(endpoint.status): _response("Done", endpoint.result),
            **{code: _response(words, _PROBLEM) for code, words in problems.items()},
        },
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": schemas.TEXT} for name in in_path
    ] + [
        {"name": name, "in": "query", "schema": schema}
        for name, schema in endpoint.parameters["properties"].items()
    ]
    if parameters:
        found["parameters"] = parameters
    if endpoint.body is not None:
        found["requestBody"] = {
            "required": not endpoint.may_be_empty,
            "content": {"application/json": {"schema": endpoint.body}},
        }
    return found


def _response(description: str, schema: Schema | None) -> JSONObject:
    content = {} if schema is None else {"content": {"application/json": {"schema": schema}}}
    return {"description": description, **content}


def _name(endpoint: Endpoint) -> str:
    words = re.findall(r"\w+", endpoint.path)
    return "_".join([endpoint.method.lower(), *words])
