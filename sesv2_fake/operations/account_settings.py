"""What SES says of the account, and what clients can change of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..account import Account, Vdm
from ..counting import timestamps
from ..counting.metrics import Metric
from ..counting.rule import Question, Trait
from ..emails.suppression_list import REASONS
from ..untyped import JSONObject
from .calls import Reply
from .errors import constraint, constraints_refusal
from .requests import (
    HttpRequest,
    as_string,
    get_boolean,
    get_list,
    get_string,
    get_structure,
    parse_json,
)

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
            "SentLast24Hours": float(sent_last_24_hours(account, request.region)),
        },
        "SendingEnabled": settings._sends_from(request.region),
        "SuppressionAttributes": {
            "SuppressedReasons": list(account.suppression.reasons(request.region)),
            **account.attributes[request.region].get("SuppressionAttributes", {}),
        },
        **_vdm_attributes(account.vdm.of(request.region)),
    }
    # Absent until they are set. [open: account-attributes]
    for name, attributes in account.attributes[request.region].items():
        payload.setdefault(name, attributes)
    return Reply(payload)


def _vdm_attributes(vdm: Vdm) -> JSONObject:
    """Absent until it was set up in the region, its parts absent while it is off. [live]"""
    if vdm.vdm_enabled is None:
        return {}
    attributes: JSONObject = {"VdmEnabled": _SWITCH[vdm.vdm_enabled]}
    if vdm.vdm_enabled:
        attributes["DashboardAttributes"] = {"EngagementMetrics": _SWITCH[vdm.engagement_metrics]}
        attributes["GuardianAttributes"] = {
            "OptimizedSharedDelivery": _SWITCH[vdm.optimized_shared_delivery]
        }
    return {"VdmAttributes": attributes}


def sent_last_24_hours(account: Account, region: str) -> int:
    """The emails that SEND counts, and each recipient of those that have several.

    The quota goes by recipients. [guide] Which of them is [open: quota-count].
    """
    now = timestamps.now()
    since = now - timestamps.DAY
    asked = Question(Metric.SEND, region, (), since, now + 1)
    with account.messages.lock:
        several = sum(
            series.between(since, now + 1, day)
            for segment, series in account.messages.to_several.items()
            if segment.region in (None, region) and Trait.MAILBOX_SIMULATOR not in segment.traits
            for day in {timestamps.day_of(since), timestamps.day_of(now)}
        )
    return sum(account.metrics.daily_counts(asked).values()) + several


def put_account_suppression_attributes(account: Account, request: HttpRequest) -> Reply:
    """Set for which reasons the suppression list holds emails back in the request's region."""
    members = parse_json(request.body)
    reasons = get_list(members, "SuppressedReasons")  # left out or null, it is none [live]
    _check_enum("suppressedReasons", reasons, REASONS, is_list=True)
    validation = get_structure(members, "ValidationAttributes")
    attributes = account.attributes[request.region]
    # What a call without them does to those of before is [open: validation-left-out].
    if validation:
        threshold = _threshold(get_structure(validation, "ConditionThreshold"))
        attributes["SuppressionAttributes"] = {"ValidationAttributes": threshold}
    # One reason twice is one. [open: reason-twice]
    with account.messages.lock:
        account.suppression.set_reasons(request.region, tuple(dict.fromkeys(reasons)))
    return Reply({})


def _threshold(given: JSONObject) -> JSONObject:
    """`ValidationAttributes`: kept and shown; nothing validates addresses here."""
    path = "validationAttributes.conditionThreshold"
    enabled = get_string(given, "ConditionThresholdEnabled")
    _check_enum(f"{path}.conditionThresholdEnabled", [enabled], _STATUSES)
    overall = get_structure(given, "OverallConfidenceThreshold")
    verdict = get_string(overall, "ConfidenceVerdictThreshold")
    threshold: JSONObject = {"ConditionThresholdEnabled": enabled}
    if verdict is not None:
        member = f"{path}.overallConfidenceThreshold.confidenceVerdictThreshold"
        _check_enum(member, [verdict], ("MEDIUM", "HIGH", "MANAGED"))
        threshold["OverallConfidenceThreshold"] = {"ConfidenceVerdictThreshold": verdict}
    return {"ConditionThreshold": threshold}


def put_account_sending_attributes(account: Account, request: HttpRequest) -> Reply:
    """Pause or resume the account's sending in the request's region; missing is false. [live]"""
    enabled = get_boolean(parse_json(request.body), "SendingEnabled")
    account.settings._put_sending(request.region, enabled is True)
    return Reply({})


def put_account_pricing_attributes(account: Account, request: HttpRequest) -> Reply:
    """Choose a plan, which is the current one at once. [open: account-attributes]"""
    plan = get_string(parse_json(request.body), "Plan")
    _check_enum("plan", [plan], ("NONE", "ESSENTIALS", "PRO", "ENTERPRISE"))
    account.attributes[request.region]["PricingAttributes"] = {"CurrentPlan": plan}
    return Reply({})


def put_account_delivery_attributes(account: Account, request: HttpRequest) -> Reply:
    """Choose the shared pool."""
    mode = get_string(parse_json(request.body), "SharedPoolDeliveryMode")
    _check_enum("sharedPoolDeliveryMode", [mode], ("GLOBAL", "REGIONAL"))
    account.attributes[request.region]["DeliveryAttributes"] = {"SharedPoolDeliveryMode": mode}
    return Reply({})


def put_account_details(account: Account, request: HttpRequest) -> Reply:
    """Say what the account is for; nobody reviews it. [open: account-attributes]"""
    members = parse_json(request.body)
    mail_type, url = get_string(members, "MailType"), get_string(members, "WebsiteURL")
    _check_enum("mailType", [mail_type], ("MARKETING", "TRANSACTIONAL"))
    if not url:
        rule = "not be null" if url is None else "have length greater than or equal to 1"
        raise constraints_refusal([constraint("websiteURL", rule)])
    details: JSONObject = {"MailType": mail_type, "WebsiteURL": url}
    for name in ("ContactLanguage", "UseCaseDescription"):
        text = get_string(members, name)
        if text is not None:
            details[name] = text
    if "ContactLanguage" in details:
        _check_enum("contactLanguage", [details["ContactLanguage"]], ("EN", "JA"))
    if others := get_list(members, "AdditionalContactEmailAddresses"):
        details["AdditionalContactEmailAddresses"] = list(map(as_string, others))
    account.attributes[request.region]["Details"] = details
    return Reply({})


def _check_enum(
    member: str, values: Sequence[object], known: Collection[str], *, is_list: bool = False
) -> None:
    """Raises Refusal in SES's words for a value that is not known, or is missing.

    Those of a list are [live].
    """
    of_enum = f"satisfy enum value set: [{', '.join(known)}]"
    for value in values:
        if value is None and not is_list:
            raise constraints_refusal([constraint(member, "not be null")])
        if (as_string(value) or "") not in known:
            rule = f"satisfy constraint: [Member must {of_enum}]" if is_list else of_enum
            raise constraints_refusal([constraint(member, rule)])


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
