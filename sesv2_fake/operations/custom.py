"""Answers that a test gives itself, to any operation of SES."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .. import checks
from ..account import Account
from . import moto_operations
from .errors import OperationError, Refusal, errors_of
from .faults import Operation, Planned
from .routes import Route, find, named

if TYPE_CHECKING:
    from .calls import Reply
    from .requests import HttpRequest

#: What answers: members of the response, or a function of the call's parameters that gives them.
Response = Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]]


class CustomAnswer(Planned):
    """An answer that a test gave to an operation.

    `hits` is how often it was used, `times` how often it is to be (None: always), and `optional`
    whether it may stay unused.
    """

    _noun = "CustomAnswer"
    _verb = "used"

    def __init__(
        self,
        operation: object,
        response: Response | None,
        *,
        error: str | None,
        message: str | None,
        times: int | None,
        optional: bool,
    ) -> None:
        name = _checked_name(operation)
        if response is not None and error is not None:
            raise ValueError("error: it conflicts with a response; leave out one of them")
        if message is not None and error is None:
            raise ValueError("message: expected an error beside it, got none")
        if message is not None and not isinstance(message, str):
            raise TypeError(f"message: expected text, got {message!r}")
        self._message = message
        # What the test does with its dict later is no part of the answer.
        self._response = response if callable(response) else copy.deepcopy(response or {})
        if error is not None:
            self._errors = _errors(name, error)
            keys = set(self._errors)
        else:
            self._errors = {}
            keys = _fitting(name, self._response)
        self._operations = frozenset(keys)
        super().__init__(name if error is None else f"{error} for {name}", times, optional=optional)

    def cancel(self) -> None:
        """End the answer. It is not reported as unused."""
        self._cancelled = True

    def _answer(self, key: Operation, request: HttpRequest) -> dict[str, Any]:
        """The members of the response, as they are on the wire.

        Raises Refusal if the answer is an error, and TypeError or ValueError for what a function
        gives that is no response of the operation.
        """
        from . import models

        if key in self._errors:
            error = self._errors[key]
            message = error.message if self._message is None else self._message
            raise Refusal(error.code, message, status=error.status)
        members = self._response
        if callable(members):
            members = members(models.parameters_of(*key, request))
            if problem := _problem(key, members):
                raise ValueError(f"{self!r} gave no response of {key[1]}: {problem}")
        model = models.operation_model(*key)
        shape = None if model is None else model.output_shape
        written: dict[str, Any] = models.on_the_wire(key[0], shape, dict(members))
        return written


def _checked_name(operation: object) -> str:
    from . import models

    names = models.operation_names()
    if not isinstance(operation, str):
        raise TypeError(f"operation: expected the name of an operation, got {operation!r}")
    if operation not in names:
        near = checks.suggestion(operation, names)
        raise ValueError(f"operation: the installed botocore has no {operation!r} of SES{near}")
    return names[operation]


def _keys(name: str) -> list[Operation]:
    from . import models

    return [(service, name) for service in models.SERVICES if models.operation_model(service, name)]


def _errors(name: str, error: str) -> dict[Operation, OperationError]:
    known = {key: errors_of(*key) for key in _keys(name)}
    checks.one_of(error, dict.fromkeys(e for errors in known.values() for e in errors), "error")
    return {key: errors[error] for key, errors in known.items() if error in errors}


def _fitting(name: str, response: Response) -> set[Operation]:
    """The operations of this name, in SES v2 and v1, that the response is one of."""
    keys = _keys(name)
    if callable(response):
        return set(keys)
    problems = {key: _problem(key, response) for key in keys}
    fitting = {key for key, problem in problems.items() if not problem}
    if not fitting:
        raise ValueError(f"response: not a response of {name}: {problems[keys[0]]}")
    return fitting


def _problem(key: Operation, response: object) -> str:
    from . import models

    if not isinstance(response, Mapping):
        raise TypeError(f"response: expected a dict or a function of the call, got {response!r}")
    model = models.operation_model(*key)
    return "" if model is None else models.response_problems(model, response)


def _is_planned(account: Account, key: Operation) -> bool:
    return any(key in answer._operations and not answer._is_spent for answer in account.answers)


def used(account: Account, key: Operation) -> CustomAnswer | None:
    """The first answer to the operation that is not used up; it counts as used."""
    for answer in account.answers:
        if key in answer._operations and answer._trigger(account.faults_lock):
            return answer
    return None


def route_of(account: Account, service: str, operation: str) -> Route | None:
    """The route of an operation that is answered here, if only by the test; None of another."""
    route = named(service, operation)
    if route is not None and (account.options["capture_sends"] or not route.is_send):
        return route
    if not account.answers or not _is_planned(account, (service, operation)):
        return None
    return route or Route(service, operation, "", "", _used_up, calls_a_second=None)


def operation_at(method: str, path: str) -> str | None:
    """The operation of SES v2 that a request is for; None if nobody knows it."""
    route = find(method, path)
    if route is not None:
        return route.operation
    from . import models

    return models.operation_at(method, path)


def _used_up(_: Account, request: HttpRequest) -> Reply:
    raise RuntimeError(
        "a call is answered by sesv2_fake only as often as fake.answer(..., times=...) says, "
        f"and was tried again: {request.path}"
    )


def advice(service: str, operation: str) -> str:
    """How a test can have an operation answered that is not answered here."""
    found = []
    if _is_modelled(service, operation):
        found.append(f'Say the answer with fake.answer("{operation}", {{...}})')
    if operation in moto_operations.OPERATIONS.get(service, ()):
        found.append("have it answered by moto")
    found.append('let it out with mock_sesv2(other_operations="allow")')
    text = ", or ".join(found)
    return f"{text[0].upper()}{text[1:]}."


def _is_modelled(service: str, operation: str) -> bool:
    from . import models

    return service in models.SERVICES and models.operation_model(service, operation) is not None
