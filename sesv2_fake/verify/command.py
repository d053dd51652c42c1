"""`sesv2-fake verify`: the command's options, its client, and its errors in a line each."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import Any

import botocore.session
from botocore import exceptions
from botocore.config import Config

from .. import __version__, terminal
from ..intercept import hosts
from . import reporting
from .service import CannotVerify
from .verifying import verify


def run(options: argparse.Namespace) -> int:
    """Ask, and print what was found; 0 if all holds, 1 if something differs.

    Raises CannotVerify if nothing can be said, and OSError for a report that cannot be written.
    """
    if options.report:
        # An error now, and not after all probes.
        with Path(options.report).open("a", encoding="utf-8"):
            pass
    try:
        client = _client(options)
        verified = verify(client, identity=options.identity, progress=_show)
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
        terminal.show("")
    for note in verified.notes:
        print(f"sesv2-fake: {note}", file=sys.stderr)
    print(reporting.as_json(verified) if options.output == "json" else reporting.as_text(verified))
    if options.report:
        Path(options.report).write_text(reporting.as_report(verified, _about(client)), "utf-8")
    return 1 if verified.differing else 0


def _show(position: int, number: int, probe: str) -> None:
    terminal.show(f"probe {position} of {number}: {probe}")


def _client(options: argparse.Namespace) -> Any:
    session = botocore.session.Session(profile=options.profile)
    return session.create_client(
        "sesv2",
        region_name=options.region,
        endpoint_url=options.endpoint_url,
        # What is wrong on purpose is for the service to refuse; its pauses are our own.
        config=Config(parameter_validation=False, retries={"max_attempts": 0}, connect_timeout=10),
    )


def _about(client: Any) -> str:
    is_aws = hosts.is_aws(client.meta.endpoint_url)
    whom = f"SES in {client.meta.region_name}" if is_aws else "an endpoint that is not AWS's"
    today = dt.datetime.now(dt.timezone.utc).date()
    return f"sesv2-fake {__version__}, botocore {botocore.__version__}, {today}: {whom}"
