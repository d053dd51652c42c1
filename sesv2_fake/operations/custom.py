"""Answers that a test gives itself, to any operation of SES."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import checks
from ..account import Account
from ..untyped import JSONObject
from . import faults, moto_operations
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
        from . import models

        self._operation = name = models.checked_operation(operation)
        if response is not None and error is not None:
            raise ValueError("error: it conflicts with a response; leave out one of them")
        if message is not None and error is None:
            raise ValueError("message: expected an error beside it, got none")
        if message is not None and not isinstance(message, str):
            raise TypeError(f"message: expected text, got {message!r}")
        self._message = message
        self._response = _checked_response(response)
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

    def _answer(self, key: Operation, request: HttpRequest) -> JSONObject:
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
            if not isinstance(members, Mapping):
                raise TypeError(
                    f"{self!r} gave no response of {key[1]}: expected a dict, got {members!r}"
                )
            if problem := _problem(key, members):
                raise ValueError(f"{self!r} gave no response of {key[1]}: {problem}")
        model = models.operation_model(*key)
        shape = None if model is None else model.output_shape
        written: JSONObject = models.on_the_wire(key[0], shape, dict(members))
        return written


def _checked_response(response: object) -> Response:
    if not callable(response):
        if response is not None and not isinstance(response, Mapping):
            raise TypeError(
                f"response: expected a dict or a function of the call, got {response!r}"
            )
        # What the test does with its dict later is no part of the answer.
        return copy.deepcopy(response or {})
    if inspect.iscoroutinefunction(response):
        raise TypeError(f"response: expected a function that is not async, got {response!r}")
    try:
        inspect.signature(response).bind({})
    except TypeError as problem:
        raise TypeError(
            "response: expected a function of one argument, the call's parameters, "
            f"got {response!r}: {problem}"
        ) from None
    except ValueError:
        pass  # Python does not know the arguments of every function of C
    return response


def _errors(name: str, error: str) -> dict[Operation, OperationError]:
    from . import models

    known = {key: errors_of(*key) for key in models.keys_of(name)}
    checks.one_of(error, dict.fromkeys(e for errors in known.values() for e in errors), "error")
    return {key: errors[error] for key, errors in known.items() if error in errors}


def _fitting(name: str, response: Response) -> set[Operation]:
    """The operations of this name, in SES v2 and v1, that the response is one of."""
    from . import models

    keys = models.keys_of(name)
    if callable(response):
        return set(keys)
    problems = {key: _problem(key, response) for key in keys}
    fitting = {key for key, problem in problems.items() if not problem}
    if not fitting:
        raise ValueError(f"response: not a response of {name}: {problems[keys[0]]}")
    return fitting


def _problem(key: Operation, response: Mapping[str, Any]) -> str:
    from . import models

    model = models.operation_model(*key)
    return "" if model is None else models.response_problems(model, response)


def _is_planned(account: Account, key: Operation) -> bool:
    return any(
        key in answer._operations and not answer._is_spent for answer in account.answers
    ) or any(
        isinstance(fault, faults.CallFault) and fault._is_for(key) and not fault._is_spent
        for fault in account.faults
    )


def answers_to(account: Account, operation: object) -> list[CustomAnswer]:
    """The answers to an operation, named in either form, that were not cancelled."""
    from . import models

    name = models.checked_operation(operation)
    return [one for one in account.answers if one._operation == name and not one._cancelled]


def take_answer(account: Account, key: Operation) -> CustomAnswer | None:
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
    if not _is_planned(account, (service, operation)):
        return None
    if route is not None:
        return route
    answer = partial(_refuse_retry, service, operation)
    return Route(service, operation, "", "", answer, calls_a_second=None)


def operation_at(method: str, path: str) -> str | None:
    """The operation of SES v2 that a request is for; None if nobody knows it."""
    route = find(method, path)
    if route is not None:
        return route.operation
    from . import models

    return models.operation_at(method, path)


def _refuse_retry(service: str, operation: str, account: Account, _: HttpRequest) -> Reply:
    raise RuntimeError(
        f"{operation} was tried again, and sesv2_fake has no more answer. "
        f"{advice(account, service, operation)}"
    )


def used_up(account: Account, service: str, operation: str) -> str:
    """What the test set up for an operation that is not answered any more; no text if nothing."""
    found = [
        answer
        for answer in account.answers
        if (service, operation) in answer._operations and answer._is_spent
    ]
    return " ".join(
        f"The answer of {answer._site} "
        + ("was cancelled." if answer._cancelled else f"is used up (times={answer.times}).")
        for answer in found
    )


def advice(account: Account, service: str, operation: str) -> str:
    """How a test can have an operation answered that is not answered here."""
    found = []
    if _is_modelled(service, operation):
        found.append(f'Say the answer with fake.answer("{operation}", {{...}})')
    if operation in moto_operations.OPERATIONS.get(service, ()):
        found.append("have it answered by moto")
    found.append('let it out with mock_sesv2(other_operations="allow")')
    text = ", or ".join(found)
    text = f"{text[0].upper()}{text[1:]}."
    before = used_up(account, service, operation)
    return f"{before} {text}" if before else text


def _is_modelled(service: str, operation: str) -> bool:
    from . import models

    return service in models.SERVICES and models.operation_model(service, operation) is not None
