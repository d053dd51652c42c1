"""Which operations are answered: a table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from .batch_get_metric_data import batch_get_metric_data
from .replies import Reply
from .state import State
from .wire import HttpRequest


class Route(NamedTuple):
    """An operation: how it is asked for, and the function that answers."""

    operation: str
    method: str
    #: A regular expression for the whole path; trailing slashes are cut off before.
    path: str
    answer: Callable[[State, HttpRequest], Reply]
    service: str = "sesv2"
    #: Whether it sends emails: then others, such as moto, may answer it first.
    is_send: bool = False


ROUTES = (Route("BatchGetMetricData", "POST", "/v2/email/metrics/batch", batch_get_metric_data),)

_BY_NAME = {(route.service, route.operation): route for route in ROUTES}
#: The names of the operations that are answered.
OPERATIONS = tuple(dict.fromkeys(route.operation for route in ROUTES))


def named(service: str, operation: str) -> Route | None:
    """The route of an operation of botocore's service `sesv2` or `ses`; None if there is none."""
    return _BY_NAME.get((service, operation))


def find(method: str, path: str) -> Route | None:
    """The route of an HTTP request; None if it is no operation that is answered."""
    for route in ROUTES:
        if method == route.method and re.fullmatch(route.path, path.rstrip("/")):
            return route
    return None


def is_known(path: str) -> bool:
    """Whether some method of this path is an operation that is answered."""
    return any(re.fullmatch(route.path, path.rstrip("/")) for route in ROUTES)
