"""`sesv2-fake verify`: its client, its errors in a line each, and what it prints."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore.session
from botocore import exceptions
from botocore.config import Config

from .. import __version__
from ..intercept import hosts
from ..untyped import Untyped
from .service import CannotVerify
from .verifying import Finding, Verified, verify


def run(options: argparse.Namespace, show_line: Callable[[str], object]) -> int:
    """Ask, and print what was found; 0 if all holds, 1 if something differs.

    `show_line` replaces the progress line. Raises CannotVerify if nothing can be said, and OSError
    for a report that cannot be written.
    """
    if options.report:
        # An error now, and not after all probes.
        with Path(options.report).open("a", encoding="utf-8"):
            pass

    def progress(position: int, number: int, probe: str) -> None:
        show_line(f"probe {position} of {number}: {probe}")

    try:
        client = _client(options)
        verified = verify(client, identity=options.identity, progress=progress)
    except exceptions.NoCredentialsError:
        raise CannotVerify(
            "no credentials: give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
            "(to any text for an emulator)"
        ) from None
    except exceptions.NoRegionError:
        raise CannotVerify("no region: give --region, or set AWS_DEFAULT_REGION") from None
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise CannotVerify(f"no answer from the network: {error}") from None
    finally:
        show_line("")
    for note in verified.notes:
        print(f"sesv2-fake: {note}", file=sys.stderr)
    print(as_json(verified) if options.output == "json" else as_text(verified))
    if options.report:
        Path(options.report).write_text(as_report(verified, _about(client)), "utf-8")
    return 1 if verified.differing else 0


def _client(options: argparse.Namespace) -> Untyped:
    session = botocore.session.Session(profile=options.profile)
    return session.create_client(
        "sesv2",
        region_name=options.region,
        endpoint_url=options.endpoint_url,
        # What is wrong on purpose is for the service to refuse; its pauses are our own.
        config=Config(parameter_validation=False, retries={"max_attempts": 0}, connect_timeout=10),
    )


def _about(client: Untyped) -> str:
    is_aws = hosts.is_aws(client.meta.endpoint_url)
    whom = f"SES in {client.meta.region_name}" if is_aws else "an endpoint that is not AWS's"
    today = dt.datetime.now(dt.timezone.utc).date()
    return f"sesv2-fake {__version__}, botocore {botocore.__version__}, {today}: {whom}"


_JSON = ("id", "grade", "holds", "expected", "got")


def as_json(verified: Verified) -> str:
    """A list of all findings; `closes` is there if the answer closes an open point."""
    return json.dumps(
        [
            {name: getattr(finding, name) for name in _JSON}
            | ({"closes": finding.closes} if finding.closes else {})
            for finding in verified.findings
        ],
        indent=4,
    )


def as_text(verified: Verified) -> str:
    """What differs, the open points that are closed, and how many hold."""
    return "\n".join(_lines(verified))


def _lines(verified: Verified) -> Iterator[str]:
    for finding in verified.differing:
        yield f"{finding.id} [{finding.grade}]: {finding.asks}"
        yield f"    expected  {finding.expected}"
        yield f"    got       {finding.got}"
        if finding.closes:
            yield f"    this closes: {finding.closes}"
        yield ""
    closed: dict[tuple[str, str], list[str]] = {}
    for finding in verified.findings:
        if finding.holds and finding.closes:
            closed.setdefault((finding.closes, _as_fake(finding)), []).append(finding.id)
    for (point, answer), ids in closed.items():
        yield f"this closes: {point} ({', '.join(ids)}: {answer})"
    if closed:
        yield ""
    yield _how_many(verified)


def _as_fake(finding: Finding) -> str:
    return "as the fake does" if finding.got == finding.expected else finding.got


def _how_many(verified: Verified) -> str:
    number = len(verified.findings)
    return f"{number - len(verified.differing)} of {number} probes hold"


def as_report(verified: Verified, about: str) -> str:
    """Markdown: what was asked, `about` whom it was asked of, and every finding."""
    return "\n".join(
        [
            "# What `sesv2-fake verify` found",
            "",
            f"{about}. {_how_many(verified)}.",
            *(f"Note: {note}." for note in verified.notes),
            "",
            "| probe | grade | holds | expected | got | this closes |",
            "|---|---|---|---|---|---|",
            *(_row(finding) for finding in verified.findings),
            "",
        ]
    )


def _row(finding: Finding) -> str:
    cells = (
        finding.id,
        finding.grade,
        "yes" if finding.holds else "**no**",
        finding.expected,
        finding.got,
        finding.closes,
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
