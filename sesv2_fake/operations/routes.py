"""Which operations are answered: a table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs

from ..account import Account
from . import template_operations as of_templates
from .account_settings import (
    get_account,
    put_account_delivery_attributes,
    put_account_details,
    put_account_pricing_attributes,
    put_account_sending_attributes,
    put_account_suppression_attributes,
    put_account_vdm_attributes,
)
from .account_v1 import get_account_sending_enabled, get_send_quota, get_send_statistics
from .calls import Reply
from .export_jobs import (
    cancel_export_job,
    create_export_job,
    get_export_job,
    list_export_jobs,
)
from .faults import ANY_OPERATION
from .identities import (
    create_email_identity,
    delete_email_identity,
    get_email_identity,
    list_email_identities,
)
from .message_insights import get_message_insights
from .metric_data import batch_get_metric_data
from .requests import HttpRequest
from .sending import SENDS, Send
from .suppression import (
    delete_suppressed_destination,
    get_suppressed_destination,
    list_suppressed_destinations,
    put_suppressed_destination,
)


class Route(NamedTuple):
    """An operation: how it is asked for, and the function that answers."""

    #: botocore's name of the service: `sesv2`, or `ses` for SES v1.
    service: str
    operation: str
    method: str
    #: A regular expression for the whole path; trailing slashes are cut off before. The
    #: operations of SES v1 share one path, which is not looked up.
    path: str
    answer: Callable[[Account, HttpRequest], Reply]
    #: How the emails of a request that sends some are read.
    send: Send | None = None
    #: How often it may be called in any second, by region; None for any number.
    calls_a_second: int | None = 1  # [guide: quotas]
    #: Whether moto or a Stubber answers it first, if it is active.
    others_first: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """The service and the operation's name."""
        return self.service, self.operation

    @property
    def has_queries(self) -> bool:
        """Whether its requests hold queries of metrics."""
        return self.answer is batch_get_metric_data

    @property
    def is_send(self) -> bool:
        """Whether it sends emails."""
        return self.send is not None


def _v2(
    operation: str, method: str, path: str, answer: Callable[[Account, HttpRequest], Reply]
) -> Route:
    return Route("sesv2", operation, method, f"{_V2}/{path}", answer)


def _identity(
    operation: str, method: str, path: str, answer: Callable[[Account, HttpRequest], Reply]
) -> Route:
    return _v2(operation, method, path, answer)._replace(others_first=True)


def _v1(operation: str, answer: Callable[[Account, HttpRequest], Reply]) -> Route:
    return Route("ses", operation, "POST", "/", answer, others_first=True)


def _send(service: str, operation: str, path: str) -> Route:
    send = SENDS[service, operation]
    return Route(
        service,
        operation,
        "POST",
        path,
        send.answer,
        send,
        calls_a_second=None,
        others_first=True,
    )


_V2 = "/v2/email"
_LIST = "suppression/addresses"
_TEMPLATE = "templates/[^/]+"
ROUTES = (
    # Its 160 queries a second are never too many: 16 calls have no more. [doc]
    Route(
        "sesv2",
        "BatchGetMetricData",
        "POST",
        f"{_V2}/metrics/batch",
        batch_get_metric_data,
        calls_a_second=16,
    ),
    Route("sesv2", "GetAccount", "GET", f"{_V2}/account", get_account),
    Route(
        "sesv2", "PutAccountVdmAttributes", "PUT", f"{_V2}/account/vdm", put_account_vdm_attributes
    ),
    Route("sesv2", "GetMessageInsights", "GET", f"{_V2}/insights/.+", get_message_insights),
    _v2(
        "PutAccountSuppressionAttributes",
        "PUT",
        "account/suppression",
        put_account_suppression_attributes,
    ),
    _v2(
        "PutAccountSendingAttributes",
        "PUT",
        "account/sending",
        put_account_sending_attributes,
    ),
    _v2(
        "PutAccountPricingAttributes",
        "PUT",
        "account/pricing-attributes",
        put_account_pricing_attributes,
    ),
    _v2(
        "PutAccountDeliveryAttributes",
        "POST",
        "account/delivery",
        put_account_delivery_attributes,
    ),
    _v2("PutAccountDetails", "POST", "account/details", put_account_details),
    _identity("CreateEmailIdentity", "POST", "identities", create_email_identity),
    _identity("GetEmailIdentity", "GET", "identities/[^/]+", get_email_identity),
    _identity("DeleteEmailIdentity", "DELETE", "identities/[^/]+", delete_email_identity),
    # Of clients from before 2026, and of today's.
    _identity("ListEmailIdentities", "GET", "identities", list_email_identities),
    _identity("ListEmailIdentities", "POST", "list-identities", list_email_identities),
    _v2("CreateExportJob", "POST", "export-jobs", create_export_job),
    _v2("GetExportJob", "GET", "export-jobs/[^/]+", get_export_job),
    _v2("CancelExportJob", "PUT", "export-jobs/[^/]+/cancel", cancel_export_job),
    _v2("ListExportJobs", "POST", "list-export-jobs", list_export_jobs),
    _v2("PutSuppressedDestination", "PUT", _LIST, put_suppressed_destination),
    _v2("GetSuppressedDestination", "GET", f"{_LIST}/.+", get_suppressed_destination),
    _v2("DeleteSuppressedDestination", "DELETE", f"{_LIST}/.+", delete_suppressed_destination),
    _v2("ListSuppressedDestinations", "GET", _LIST, list_suppressed_destinations),
    _v2("CreateEmailTemplate", "POST", "templates", of_templates.create_email_template),
    _v2("GetEmailTemplate", "GET", _TEMPLATE, of_templates.get_email_template),
    _v2("UpdateEmailTemplate", "PUT", _TEMPLATE, of_templates.update_email_template),
    _v2("DeleteEmailTemplate", "DELETE", _TEMPLATE, of_templates.delete_email_template),
    _v2("ListEmailTemplates", "GET", "templates", of_templates.list_email_templates),
    _v2(
        "TestRenderEmailTemplate",
        "POST",
        f"{_TEMPLATE}/render",
        of_templates.test_render_email_template,
    ),
    _v1("CreateTemplate", of_templates.create_template),
    _v1("GetTemplate", of_templates.get_template),
    _v1("UpdateTemplate", of_templates.update_template),
    _v1("DeleteTemplate", of_templates.delete_template),
    _v1("ListTemplates", of_templates.list_templates),
    _v1("TestRenderTemplate", of_templates.test_render_template),
    _v1("GetSendQuota", get_send_quota),
    _v1("GetSendStatistics", get_send_statistics),
    _v1("GetAccountSendingEnabled", get_account_sending_enabled),
    _send("sesv2", "SendEmail", f"{_V2}/outbound-emails"),
    _send("sesv2", "SendBulkEmail", f"{_V2}/outbound-bulk-emails"),
    _send("ses", "SendEmail", "/"),
    _send("ses", "SendRawEmail", "/"),
    _send("ses", "SendTemplatedEmail", "/"),
    _send("ses", "SendBulkTemplatedEmail", "/"),
)

_OF_V2 = [route for route in ROUTES if route.service == "sesv2"]
_BY_NAME = {route.key: route for route in ROUTES}

#: The names of the operations that are answered.
OPERATIONS = tuple(dict.fromkeys(route.operation for route in ROUTES))


def named(service: str, operation: str) -> Route | None:
    """The route of a service's operation; None if it is not answered."""
    return _BY_NAME.get((service, operation))


def operations(name: str) -> tuple[str, list[tuple[str, str]]]:
    """An operation that a test named in either form: its name, and each service that has it.

    `*` is every operation that is answered. Raises TypeError or ValueError if there is none.
    """
    from . import models

    if name == ANY_OPERATION:
        return name, list(_BY_NAME)
    name = models.checked_operation(name, OPERATIONS)
    answered = [key for key in _BY_NAME if key[1] == name]
    return name, list(dict.fromkeys((*answered, *models.keys_of(name))))


def find(method: str, path: str) -> Route | None:
    """The route of an HTTP request to SES v2; None if it is no operation that is answered."""
    for route in _OF_V2:
        if method == route.method and re.fullmatch(route.path, path.rstrip("/")):
            return route
    return None


def action_of(body: bytes) -> str:
    """The operation that the form of a request to SES v1 names; no text if it names none."""
    return parse_qs(body.decode(errors="replace")).get("Action", [""])[0]


def is_known(path: str) -> bool:
    """Whether some method of this path is an operation of SES v2 that is answered."""
    return any(re.fullmatch(route.path, path.rstrip("/")) for route in _OF_V2)
