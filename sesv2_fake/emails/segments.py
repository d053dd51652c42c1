"""Which segment an email belongs to: all that queries and metrics can know of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from .. import isps
from ..counting import metrics
from ..counting.metrics import Dimension
from ..counting.rule import Segment, Trait
from . import addresses

_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+")


@lru_cache(maxsize=4096)
def segment_of(
    sender: str,
    recipient_domains: tuple[str, ...],
    region: str | None,
    isps_without_feedback_loop: frozenset[str],
    *,
    open_tracking: bool = True,
    click_tracking: bool = True,
    delegate_sender: bool = False,
    **given: str | None,
) -> Segment:
    """The segment of an email: the sender's address bare, all values well formed.

    `given` are values of dimensions, by keyword. The first label is the sender's address, in
    lower case.
    """
    sender = sender.lower()
    values = {metrics.BY_KEYWORD[keyword]: value for keyword, value in given.items()}
    # An email is seen by its sending address and by that address's domain, not by a parent
    # domain [live]; an identity given as the one it was sent with is seen beside them
    # [open: given-identity].
    identities = [sender, addresses.domain_of(sender)]
    identity = values.pop(Dimension.EMAIL_IDENTITY, None)
    if identity is not None and identity not in identities:
        identities.append(identity)
    isp = values.pop(Dimension.ISP, None)
    labels = [(Dimension.EMAIL_IDENTITY, value) for value in identities]
    labels += [(one, value) for one in Dimension if (value := values.get(one)) is not None]

    hosts = {isp or isps.isp_of_domain(domain) for domain in recipient_domains}
    labels.extend((Dimension.ISP, host) for host in sorted(hosts))

    traits = []
    if addresses.SIMULATOR_DOMAIN in recipient_domains:
        traits.append(Trait.MAILBOX_SIMULATOR)
    if len(recipient_domains) > 1:
        traits.append(Trait.SEVERAL_RECIPIENTS)
    if delegate_sender:
        traits.append(Trait.DELEGATE_SENDER)
    if not open_tracking:
        traits.append(Trait.NO_OPEN_TRACKER)
    if not click_tracking:
        traits.append(Trait.NO_CLICK_TRACKER)
    if not hosts.isdisjoint(isps_without_feedback_loop):
        traits.append(Trait.NO_FEEDBACK_LOOP)
    return Segment(region, tuple(labels), tuple(traits))


class EmailFacts(NamedTuple):
    """What records say of an email; those that say the same share one."""

    sender: str
    recipient_domains: tuple[str, ...]
    delegate_sender: bool
    open_tracking: bool
    click_tracking: bool
    #: By their keywords, the values of dimensions, in the order of the dimensions.
    values: tuple[tuple[str, str | None], ...]

    def segment(self, segment_of: Callable[..., Segment]) -> Segment:
        """The segment of the email, by a function that knows what is no record's to say."""
        return segment_of(
            self.sender,
            self.recipient_domains,
            delegate_sender=self.delegate_sender,
            open_tracking=self.open_tracking,
            click_tracking=self.click_tracking,
            **dict(self.values),
        )


@lru_cache(maxsize=4096)
def merged(one: EmailFacts, other: EmailFacts) -> EmailFacts:
    """What two records say together; if they contradict each other, the same in any order."""
    return EmailFacts(
        min(one.sender, other.sender),
        min(
            (one.recipient_domains, other.recipient_domains),
            key=lambda domains: (-len(domains), domains),
        ),
        one.delegate_sender or other.delegate_sender,
        one.open_tracking and other.open_tracking,
        one.click_tracking and other.click_tracking,
        tuple(
            (keyword, min(filter(None, (mine, yours)), default=None))
            for (keyword, mine), (_, yours) in zip(one.values, other.values)
        ),
    )


def domains_of(recipients: tuple[str, ...]) -> tuple[str, ...]:
    """The domain of each recipient."""
    if len(recipients) == 1:  # nearly all: the quicker way
        return (addresses.domain_of(recipients[0]),)
    return tuple(map(addresses.domain_of, recipients))


def values_of(segment: Segment, dimension: Dimension) -> list[str]:
    """The segment's values of one dimension, in their order."""
    return [value for label, value in segment.labels if label is dimension]


@lru_cache(maxsize=4096)
def suppressed(segment: Segment) -> Segment:
    """The same emails, held back by the account-level suppression list."""
    return segment._replace(traits=(*segment.traits, Trait.SUPPRESSION_LIST))


def checked_recipients(to: str | Iterable[str], name: str = "to") -> tuple[str, ...]:
    """The bare addresses of `to`, one or several; TypeError or ValueError otherwise."""
    if isinstance(to, str):
        return (addresses.checked_address(to, name),)
    if isinstance(to, Mapping) or not isinstance(to, Iterable):
        raise TypeError(f"{name}: expected an address or a list of addresses, got {to!r}")
    recipients = tuple([addresses.checked_address(address, name) for address in to])
    if not recipients:
        raise ValueError(f"{name}: expected at least one recipient, got none")
    return recipients


def checked_value(dimension: Dimension, value: object, name: str) -> str:
    """A value of a dimension that a test handed in as `name`; an error if no email has it."""
    if dimension is Dimension.ISP:
        return checked_isp(value, name)
    return metrics.checked(dimension, value, name)


def checked_values(given: Mapping[str, object]) -> dict[str, str]:
    """The values of dimensions that a test gave as arguments with these names, but for None."""
    return {
        keyword: checked_value(metrics.BY_KEYWORD[keyword], value, keyword)
        for keyword, value in given.items()
        if value is not None
    }


def checked_isp(isp: object, argument: str = "isp") -> str:
    """An ISP name that a test gave; an error if it is a known one with its letters mixed up."""
    name = metrics.checked(Dimension.ISP, isp, argument)
    ses_name = _BY_LETTERS.get(_letters(name), name)
    if ses_name != name:
        raise ValueError(f"{argument}: SES writes {ses_name!r}, got {isp!r}")
    return name


def _letters(name: str) -> str:
    return "".join(sorted(filter(str.isalnum, name.lower())))


#: SES may know more ISPs than are known here, so that other letters make another name.
_BY_LETTERS = {_letters(name): name for name in isps.BY_LOWER_CASE.values()}


def checked_region(region: object) -> str:
    """The name of a region that a test gave; TypeError or ValueError otherwise."""
    if not isinstance(region, str):
        raise TypeError(
            f"region: expected a name such as 'eu-west-1', got {region!r} ({type(region).__name__})"
        )
    if not _REGION.fullmatch(region):
        raise ValueError(f"region: expected a name such as 'eu-west-1', got {region!r}")
    return region
