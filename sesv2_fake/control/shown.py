"""What a fake holds, as JSON; members have the names of the attributes in Python."""

from __future__ import annotations

from typing import Any

from ..emails.email import Email
from ..operations.calls import Call
from ..operations.faults import Fault


def call(made: Call) -> dict[str, Any]:
    """A call that reached the fake."""
    return {
        "operation": made.operation,
        "region": made.region,
        "time": made.time.isoformat(),
        "attempt": made.attempt,
        "error": made.error,
        "message": made.message,
        "number_of_queries": made.number_of_queries,
        "queries": [
            {
                "id": query.id,
                "namespace": query.namespace,
                "metric": query.metric,
                "dimensions": dict(query.dimensions),
                "start_date": query.start_date.isoformat(),
                "end_date": query.end_date.isoformat(),
            }
            for query in made.queries
        ],
        "results": [
            {
                "id": result.id,
                "timestamps": [time.isoformat() for time in result.timestamps],
                "values": result.values,
            }
            for result in made.results
        ],
        "errors": [
            {"id": error.id, "code": error.code, "message": error.message} for error in made.errors
        ],
        "unreadable": list(made.unreadable),
        "emails": [sent.message_id for sent in made.emails],
        "divergences": list(made.divergences),
        "line": made.in_one_line(),
    }


def email(sent: Email) -> dict[str, Any]:
    """An email of the outbox."""
    return {
        "message_id": sent.message_id,
        "sender": sent.sender,
        "to": list(sent.to),
        "subject": sent.subject,
        "configuration_set": sent.configuration_set,
        "tenant": sent.tenant,
        "tags": sent.tags,
        "region": sent.region,
        "sent_at": sent.sent_at.isoformat(),
        "happened": sent._message.summary(),
    }


def fault(id: str, found: Fault) -> dict[str, Any]:
    """A fault that was set up."""
    return {
        "id": id,
        "what": found._what,
        "times": found.times,
        "hits": found.hits,
        "optional": found.optional,
        "is_missed": found._is_missed,
    }
