"""Asks every probe, and compares each answer with the expected one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..untyped import Untyped
from .probes import (
    ANY,
    DATA_PROBES,
    OPEN_POINTS,
    OPERATION_PROBES,
    OPERATIONS_WITHOUT_VDM,
    PROBES,
    WITHOUT_VDM,
    DataProbe,
    OwnData,
    Unexpected,
)
from .service import (
    ANSWERED,
    EMPTY,
    NotPermitted,
    OperationProbe,
    Probe,
    Service,
    is_without_vdm,
)

#: Called before each probe with its position (from 1), the number of probes, and its id.
Progress = Callable[[int, int, str], object]


class Finding(NamedTuple):
    """What a probe expected and what it got."""

    id: str
    grade: str
    asks: str
    holds: bool
    expected: str
    got: str
    #: The open point that the answer closes, in words; empty if it closes none.
    closes: str


@dataclass
class Verified:
    """All findings, and what could not be judged."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def differing(self) -> list[Finding]:
        """Where the answer was not the expected one."""
        return [finding for finding in self.findings if not finding.holds]


def verify(
    client: Untyped,
    *,
    identity: str | None = None,
    wait: Callable[[float], object] = time.sleep,
    progress: Progress = lambda *_: None,
) -> Verified:
    """Ask a client's service every probe, and those of its own data if an identity is given.

    The client must not check parameters itself. Raises CannotVerify if nothing can be said, and
    botocore's own errors if the service cannot be reached.
    """
    service = Service(client, wait=wait, identity=identity)
    with_vdm = service.vdm_is_on()
    if with_vdm is None:
        with_vdm = not is_without_vdm(service.ask(PROBES[0].request)[0])
    verified = Verified()
    if not with_vdm:
        verified.notes.append(
            "Virtual Deliverability Manager is off in this region: only the 404 could be judged"
        )
    probes = PROBES if with_vdm else WITHOUT_VDM
    data_probes = DATA_PROBES if with_vdm and identity else ()
    others = OPERATION_PROBES if with_vdm else OPERATIONS_WITHOUT_VDM
    number = len(probes) + len(others) + len(data_probes)
    for position, probe in enumerate(probes, start=1):
        progress(position, number, probe.id)
        got, _ = service.ask(probe.request)
        if got == EMPTY and probe.expected != EMPTY:
            got = ANSWERED  # do not tell whether the account has sent mail
        verified.findings.append(_finding(probe, got, holds=_agree(probe.expected, got)))
    for position, other in enumerate(others, start=len(probes) + 1):
        progress(position, number, other.id)
        problem = "" if service.has(other.operation) else f"this botocore has no {other.operation}"
        try:
            got = "" if problem else service.call(other.operation, other.parameters)
        except NotPermitted:
            problem = f"these credentials may not call ses:{other.operation}"
        if problem:
            verified.notes.append(f"{other.id} was not judged: {problem}")
        else:
            verified.findings.append(_finding(other, got, holds=_agree(other.expected, got)))
    own = OwnData(service, identity or "")
    for position, data_probe in enumerate(data_probes, start=number - len(data_probes) + 1):
        progress(position, number, data_probe.id)
        try:
            found = data_probe.found(own)
        except Unexpected as error:
            verified.findings.append(_finding(data_probe, str(error), holds=False))
            continue
        if found is None:
            verified.notes.append(
                f"{data_probe.id} was not judged: the identity's data do not show it"
            )
        else:
            holds = data_probe.expected in (found, ANY)
            verified.findings.append(_finding(data_probe, found, holds=holds))
    return verified


def _agree(expected: str, got: str) -> bool:
    if expected.endswith("..."):
        return got.startswith(expected[:-3])
    return got == expected


def _finding(probe: Probe | OperationProbe | DataProbe, got: str, *, holds: bool) -> Finding:
    closes = OPEN_POINTS[probe.closes] if probe.closes else ""
    return Finding(probe.id, probe.grade, probe.asks, holds, probe.expected, got, closes)
