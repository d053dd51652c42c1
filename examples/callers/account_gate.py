"""A health check: it looks at the account first, and asks for metrics only if it may."""

from datetime import datetime, timedelta, timezone


def bounce_rate(ses):
    """The share of yesterday's emails that bounced for good; None if SES has no metrics."""
    account = ses.get_account()
    if account.get("VdmAttributes", {}).get("VdmEnabled") != "ENABLED":
        return None
    end = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    queries = [
        {
            "Id": metric.lower(),
            "Namespace": "VDM",
            "Metric": metric,
            "StartDate": end - timedelta(days=1),
            "EndDate": end,
        }
        for metric in ("SEND", "PERMANENT_BOUNCE")
    ]
    results = ses.batch_get_metric_data(Queries=queries)["Results"]
    totals = {result["Id"]: sum(result["Values"]) for result in results}
    return totals["permanent_bounce"] / totals["send"] if totals["send"] else 0.0
