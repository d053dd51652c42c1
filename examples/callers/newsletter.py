"""A newsletter: it sends an issue, and reads later how many opened it."""

from datetime import datetime, timedelta, timezone

SENDER = "The Weekly <news@example.com>"


def send_issue(ses, issue, html, subscribers):
    """Send an issue to each subscriber; gives the message ids."""
    return [
        ses.send_email(
            FromEmailAddress=SENDER,
            Destination={"ToAddresses": [subscriber]},
            Content={
                "Simple": {
                    "Subject": {"Data": f"The Weekly, issue {issue}"},
                    "Body": {"Html": {"Data": html}},
                }
            },
            ConfigurationSetName=f"weekly-{issue}",
        )["MessageId"]
        for subscriber in subscribers
    ]


def opened(ses, issue):
    """How many were delivered with a tracker in the last week, and how many were opened."""
    end = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    queries = [
        {
            "Id": metric.lower(),
            "Namespace": "VDM",
            "Metric": metric,
            "Dimensions": {"CONFIGURATION_SET": f"weekly-{issue}"},
            "StartDate": end - timedelta(days=6),
            "EndDate": end + timedelta(days=1),
        }
        for metric in ("DELIVERY_OPEN", "OPEN")
    ]
    results = ses.batch_get_metric_data(Queries=queries)["Results"]
    totals = {result["Id"]: sum(result["Values"]) for result in results}
    return totals["delivery_open"], totals["open"]
