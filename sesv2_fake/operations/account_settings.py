"""What SES says of the account, and lets a client change: two operations."""

from __future__ import annotations

from typing import Any

from ..account import Account, Vdm
from ..counting import timestamps
from ..counting.metrics import Metric, Trait
from ..counting.rule import Question
from .calls import Reply
from .errors import constraint, constraints_refusal
from .requests import HttpRequest, as_string, get_structure, parse_json

_SWITCH = {True: "ENABLED", False: "DISABLED"}
_STATUSES = {status: is_on for is_on, status in _SWITCH.items()}


def get_account(account: Account, request: HttpRequest) -> Reply:
    """What is set of the account, and how much it sent."""
    settings = account.settings
    payload = {
        # The defaults of a live account. [live]
        "DedicatedIpAutoWarmupEnabled": True,
        "EnforcementStatus": settings.enforcement_status,
        "ProductionAccessEnabled": settings.production_access_enabled,
        "SendQuota": {
            "Max24HourSend": settings.max_24_hour_send,
            "MaxSendRate": settings.max_send_rate,
            "SentLast24Hours": float(_sent_last_24_hours(account, request.region)),
        },
        "SendingEnabled": settings.sending_enabled,
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        **_vdm_attributes(account.vdm.of(request.region)),
    }
    return Reply(payload)


def _vdm_attributes(vdm: Vdm) -> dict[str, Any]:
    """Absent until it was set up in the region, its parts absent while it is off. [live]"""
    if vdm.enabled is None:
        return {}
    attributes: dict[str, Any] = {"VdmEnabled": _SWITCH[vdm.enabled]}
    if vdm.enabled:
        attributes["DashboardAttributes"] = {"EngagementMetrics": _SWITCH[vdm.engagement_metrics]}
        attributes["GuardianAttributes"] = {
            "OptimizedSharedDelivery": _SWITCH[vdm.optimized_shared_delivery]
        }
    return {"VdmAttributes": attributes}


def _sent_last_24_hours(account: Account, region: str) -> int:
    """The emails that SEND counts, and each recipient of those that have several.

    The quota goes by recipients. [guide] Which of them is [open: quota-count].
    """
    now = timestamps.now()
    since = now - timestamps.DAY
    asked = Question(Metric.SEND, region, (), since, now + 1)
    with account.ledger.lock:
        several = [
            recipients
            for segment, moment, recipients in account.ledger.to_several
            if segment.region in (None, region) and since <= moment <= now
            if Trait.MAILBOX_SIMULATOR not in segment.traits
        ]
    return sum(account.store.daily_counts(asked).values()) + sum(several)


def put_account_vdm_attributes(account: Account, request: HttpRequest) -> Reply:
    """Switch Virtual Deliverability Manager on or off in the request's region."""
    attributes = get_structure(parse_json(request.body), "VdmAttributes")
    members = {
        "vdmAttributes.vdmEnabled": attributes.get("VdmEnabled"),
        "vdmAttributes.dashboardAttributes.engagementMetrics": get_structure(
            attributes, "DashboardAttributes"
        ).get("EngagementMetrics"),
        "vdmAttributes.guardianAttributes.optimizedSharedDelivery": get_structure(
            attributes, "GuardianAttributes"
        ).get("OptimizedSharedDelivery"),
    }
    enabled, engagement, shared = (as_string(value) for value in members.values())
    # In the form of step 5. [open: put-vdm-words]
    broken = [] if enabled is not None else [constraint("vdmAttributes.vdmEnabled", "not be null")]
    broken += [
        constraint(member, "satisfy enum value set: [ENABLED, DISABLED]")
        for member, value in members.items()
        if value is not None and value not in _STATUSES
    ]
    if broken:
        raise constraints_refusal(broken)
    before = account.vdm.of(request.region)
    # What is left out stays as it was. [open: vdm-left-out]
    account.vdm.put(
        request.region,
        Vdm(
            _STATUSES[enabled or ""],
            before.engagement_metrics if engagement is None else _STATUSES[engagement],
            before.optimized_shared_delivery if shared is None else _STATUSES[shared],
        ),
    )
    return Reply({})
