"""The command line: ask files of event records, serve a fake, verify it against SES."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import warnings
from collections.abc import Sequence
from functools import partial

from . import __version__, cli_serve, terminal
from .api import validation
from .cli_query import (
    STDIN,
    Unusable,
    midnight,
    query,
)
from .counting.metrics import Dimension, Metric
from .fake import FakeSESv2, mock_sesv2
from .intercept.divergences import LiveDivergenceWarning

#: What a shell says of a command that Ctrl-C or a closed pipe ended: 128 and the signal's number.
_INTERRUPTED = 128 + 2
_PIPE_CLOSED = 128 + 13


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    0: answered, or all holds. 1: SES refuses, or something differs. 2: it cannot be done.
    """
    options = _parser().parse_args(arguments)
    try:
        status = _run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        terminal.show("")
        return _INTERRUPTED
    except BrokenPipeError:
        # Python flushes stdout once more at its end; that must not fail too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    return status


def _run(options: argparse.Namespace) -> int:
    from botocore.exceptions import BotoCoreError, ClientError

    from .verify.service import CannotVerify

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", LiveDivergenceWarning)
            warnings.showwarning = _tell
            return int(options.run(options))
    except BrokenPipeError:
        raise
    except (
        Unusable,
        CannotVerify,
        ImportError,
        OSError,
        ValueError,
        TypeError,
        BotoCoreError,
    ) as error:
        print(f"sesv2-fake: {error}", file=sys.stderr)
        return 2
    except ClientError as error:
        print(f"sesv2-fake: {error}", file=sys.stderr)
        return 1


def _tell(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning as one line: no line of the user's own code is to blame here."""
    print(f"sesv2-fake: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sesv2-fake", description=__doc__)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    asks = commands.add_parser(
        "query",
        help="ask for metrics of a file of event records",
        description="Seed a fake from a file of SES event records, ask it for metrics through a "
        "real botocore client, and print the answer.",
    )
    asks.set_defaults(run=_query)
    _add_fake_options(asks)
    asks.add_argument(
        "--metric",
        action="append",
        choices=list(Metric.__members__),
        metavar="METRIC",
        help=f"a metric, may be repeated (default: all): {', '.join(Metric.__members__)}",
    )
    asks.add_argument(
        "--start", type=_day, metavar="DATE", help="the first day (default: the events' first)"
    )
    asks.add_argument(
        "--end", type=_day, metavar="DATE", help="the day after the last (default: the events')"
    )
    asks.add_argument(
        "--dimension",
        action="append",
        default=[],
        type=_dimension,
        metavar="NAME=VALUE",
        help=f"a filter, one of each name: {', '.join(Dimension.__members__)}",
    )
    asks.add_argument(
        "--cli-input-json",
        metavar="FILE",
        help="the AWS CLI's own input file, instead of the options above",
    )
    asks.add_argument(
        "--output",
        choices=("table", "json"),
        default="table",
        help="a table of days and metrics (default), or what the AWS CLI would print",
    )

    serve = commands.add_parser(
        "serve",
        help="answer any SDK over HTTP on loopback",
        description="Answer any SDK over HTTP, on loopback unless asked otherwise, until "
        "interrupted. SDKs find it by endpoint_url or AWS_ENDPOINT_URL_SESV2. The page at / shows "
        "what it holds, and the control API under /_sesv2_fake/ seeds it.",
    )
    serve.set_defaults(run=_serve)
    cli_serve.add_options(serve)

    verify = commands.add_parser(
        "verify",
        help="ask the real service whether it answers as the fake does",
        description="Ask SES, in an account of yours, for the answers that the fake expects, "
        "and print each difference. It only reads (BatchGetMetricData, and GetAccount for whether "
        "Virtual Deliverability Manager is on), and prints nothing about the account.",
    )
    verify.set_defaults(run=_verify)
    verify.add_argument("--profile", metavar="P", help="the AWS profile (default: the usual one)")
    verify.add_argument("--region", metavar="R", help="the region (default: the profile's)")
    verify.add_argument(
        "--endpoint-url", metavar="URL", help="ask an emulator at this URL instead of SES"
    )
    verify.add_argument(
        "--identity",
        metavar="IDENTITY",
        help="also ask for the metrics of this address or domain, which sends mail",
    )
    verify.add_argument(
        "--output",
        choices=("table", "json"),
        default="table",
        help="what differs (default), or every probe as JSON",
    )
    verify.add_argument("--report", metavar="FILE", help="also write all of it as Markdown")
    return parser


def _add_fake_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--events",
        required=True,
        action="append",
        metavar="FILE",
        help="a file of SES event records, plain or gzip, or - for stdin; may be repeated",
    )
    command.add_argument(
        "--contract",
        choices=validation.CONTRACTS,
        default="documented",
        help="refuse what the reference does not allow (default), or all that SES refuses",
    )


def _day(text: str) -> dt.datetime:
    try:
        return midnight(dt.date.fromisoformat(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a date such as 2026-01-05, got {text!r}"
        ) from None


def _dimension(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found or name not in Dimension.__members__:
        known = ", ".join(Dimension.__members__)
        raise argparse.ArgumentTypeError(
            f"expected NAME=VALUE with a name of {known}, got {text!r}"
        )
    return name, value


def _verify(options: argparse.Namespace) -> int:
    from .verify import command

    return command.run(options)


def _query(options: argparse.Namespace) -> int:
    with mock_sesv2(contract=options.contract) as fake:
        _load(fake, options.events)
        query(fake, options)
    return 0


def _load(fake: FakeSESv2, names: Sequence[str]) -> int:
    """Load all files, and count the events in them."""
    if names.count(STDIN) > 1:
        raise Unusable("--events -: stdin can be read once")
    events = 0
    try:
        for name in names:
            terminal.show(f"loading {name}")
            source = sys.stdin.buffer if name == STDIN else name
            show = partial(_show_progress, name)
            events += sum(fake.load_events(source, progress=show).taken.values())
    finally:
        terminal.show("")
    return events


def _show_progress(name: str, records: int) -> None:
    terminal.show(f"loading {name}: {records:,} records")


def _serve(options: argparse.Namespace) -> int:
    return cli_serve.run(options, lambda fake: _load(fake, options.events))
