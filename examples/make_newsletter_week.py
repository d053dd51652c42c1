"""Make `newsletter_week.jsonl`: a week of a newsletter's SES event records, one a line.

    python examples/make_newsletter_week.py > examples/newsletter_week.jsonl

Everything in it is made up: the same each time, in the form and about the proportions of real
mail. The records follow the samples of AWS's developer guide.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)
ACCOUNT = "123456789012"

#: Sender, its verified identity, its configuration set, and the hour it goes out at.
CAMPAIGNS = [
    ("Example News <news@example.com>", "example.com", "newsletter", 7),
    ("Example Shop <shop@example.com>", "example.com", "promotions", 11),
    ("billing@billing.example.org", "billing.example.org", "receipts", 15),
]

#: Where subscribers have their mail: domain, SES's name for the ISP, and its share.
PROVIDERS = [
    ("gmail.com", "Gmail", 42),
    ("yahoo.com", "Yahoo", 11),
    ("outlook.com", "Hotmail", 9),
    ("hotmail.fr", "Hotmail", 6),
    ("icloud.com", "Icloud", 10),
    ("gmx.de", "Gmx", 6),
    ("comcast.net", "Comcast", 4),
    ("aol.com", "Aol", 3),
    ("example.net", "UNKNOWN_ISP", 9),
]

#: Why an email did not arrive: bounce type, sub-type, SMTP reply, and how many in a thousand.
BOUNCES = [
    ("Permanent", "General", "smtp; 550 5.1.1 user unknown", 14),
    ("Permanent", "OnAccountSuppressionList", "Amazon SES did not send the message", 4),
    ("Transient", "MailboxFull", "smtp; 452 4.2.2 mailbox full", 8),
    ("Transient", "General", "smtp; 450 4.7.1 try again later", 5),
    ("Undetermined", "Undetermined", "", 1),
]

EMAILS_A_DAY = 140
COMPLAINTS_IN_A_THOUSAND = 4
OPENED, OPENED_AGAIN, CLICKED = 0.31, 0.25, 0.16

dice = random.Random(20260105)


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def later(moment: datetime, **mean: float) -> datetime:
    """A moment after this one, by a time whose mean is given."""
    return moment + timedelta(seconds=dice.expovariate(1 / timedelta(**mean).total_seconds()))


def week() -> Iterator[dict]:
    number = 0
    for day in range(7):
        for _ in range(EMAILS_A_DAY):
            number += 1
            yield from email(number, MONDAY + timedelta(days=day))


def email(number: int, day: datetime) -> Iterator[dict]:
    """One email, and all that happens to it."""
    sender, identity, configuration_set, hour = dice.choice(CAMPAIGNS)
    domain, isp, _ = dice.choices(PROVIDERS, [share for *_, share in PROVIDERS])[0]
    recipient = f"reader{dice.randrange(1000):03}@{domain}"
    sent = later(day + timedelta(hours=hour), minutes=20)
    mail = {
        "timestamp": iso(sent),
        "messageId": f"0100019b{number:08x}-3c1f5e2a-example-{number:06}-000000",
        "source": sender,
        "sourceArn": f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/{identity}",
        "sendingAccountId": ACCOUNT,
        "destination": [recipient],
        "headersTruncated": False,
        "tags": {
            "ses:configuration-set": [configuration_set],
            "ses:recipient-isp": [isp],
            "ses:from-domain": [identity],
        },
    }
    yield {"eventType": "Send", "mail": mail, "send": {}}

    bounced = dice.choices([*BOUNCES, None], [*(b[3] for b in BOUNCES), 968])[0]
    if bounced:
        bounce_type, sub_type, reply, _ = bounced
        yield {
            "eventType": "Bounce",
            "mail": mail,
            "bounce": {
                "bounceType": bounce_type,
                "bounceSubType": sub_type,
                "bouncedRecipients": [{"emailAddress": recipient, "diagnosticCode": reply}],
                "timestamp": iso(later(sent, minutes=4)),
            },
        }
        return

    delivered = later(sent, seconds=3)
    yield {
        "eventType": "Delivery",
        "mail": mail,
        "delivery": {
            "timestamp": iso(delivered),
            "recipients": [recipient],
            "smtpResponse": "250 2.0.0 OK",
        },
    }
    if isp != "Gmail" and dice.randrange(1000) < COMPLAINTS_IN_A_THOUSAND:
        yield {
            "eventType": "Complaint",
            "mail": mail,
            "complaint": {
                "complainedRecipients": [{"emailAddress": recipient}],
                "timestamp": iso(later(delivered, hours=12)),
                "complaintFeedbackType": "abuse",
            },
        }
    if dice.random() < OPENED:
        opened = later(delivered, hours=9)
        yield {"eventType": "Open", "mail": mail, "open": {"timestamp": iso(opened)}}
        if dice.random() < OPENED_AGAIN:
            again = iso(later(opened, hours=20))
            yield {"eventType": "Open", "mail": mail, "open": {"timestamp": again}}
        if dice.random() < CLICKED:
            clicked = iso(later(opened, minutes=2))
            click = {"timestamp": clicked, "link": f"https://{identity}/stories"}
            yield {"eventType": "Click", "mail": mail, "click": click}


if __name__ == "__main__":
    for record in week():
        print(json.dumps(record, separators=(",", ":")))
