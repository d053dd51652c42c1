"""Event records as SES writes them, made by hand; and what wraps them."""

import json

from asking import MONDAY


def record(event_type="Send", at=MONDAY, *, id="m-1", detail=None, **mail):
    """A record of `event_type` that happened at `at`, of an email sent on Monday."""
    time = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    made = {
        "eventType": event_type,
        "mail": {
            "timestamp": time if event_type == "Send" else "2026-01-05T00:00:00.000Z",
            "messageId": id,
            "source": "News <news@example.com>",
            "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
            "destination": ["ann@yahoo.com"],
            "tags": {"ses:configuration-set": ["news"]},
            **mail,
        },
    }
    if event_type != "Send":
        made[event_type.lower()] = {"timestamp": time, **(detail or {})}
    return made


def bounce(bounce_type="Permanent", sub_type="General", **how):
    detail = {"bounceType": bounce_type, "bounceSubType": sub_type}
    return record("Bounce", detail=detail, **how)


def sns(message):
    return {"Type": "Notification", "TopicArn": "arn:...", "Message": json.dumps(message)}


WRAPPINGS = {
    "plain": lambda made: made,
    "feedback notification": lambda made: {
        ("notificationType" if name == "eventType" else name): value for name, value in made.items()
    },
    "sns": sns,
    "lambda of sns": lambda made: {"Records": [{"EventSource": "aws:sns", "Sns": sns(made)}]},
    "lambda of sqs of sns": lambda made: {"Records": [{"body": json.dumps(sns(made))}]},
    "eventbridge": lambda made: {"detail-type": "Email Sent", "source": "aws.ses", "detail": made},
}
