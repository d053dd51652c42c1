"""The addresses of a send: SES's strict scan of each, from the left, and its words. [live: Floci]

What is not known to be refused is let through: [open: address-dots], [open: illegal-characters].
One pass, without recursion: a stranger's header may have thousands of brackets.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

#: An address with its display name, in UTF-16 units. [live]
MAX_LENGTH = 320

#: What nearly all addresses look like, and nothing is wrong with.
_PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9._-]+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
#: White space, controls, and all that is not ASCII. [live]
_CONTROL = re.compile(r"[^\x21-\x7e]")
_NOT_IN_LOCAL = re.compile(r'[^\x21-\x7e]|[()<>,;:\\"\[\]]')
_NOT_IN_DOMAIN = re.compile(r"[^A-Za-z0-9._-]")
_LITERAL = re.compile(r"@\[[\x21-\x7e]*\]")
_CONTROL_WORDS, _ILLEGAL_WORDS = "control or whitespace", "illegal character"
#: A display name is counted in quotes if it has one of these. [live]
_SPECIAL = re.compile(r'[()<>,;:\\"\[\]@.]|[^\x00-\x7f]')

_SEVERAL = "Illegal address"  # [open: several-addresses]


class Address(NamedTuple):
    """An address of a request or a header."""

    #: Without display name and comments; no text if there is a problem.
    bare: str
    #: What SES says of its syntax, and of its length; no text if nothing.
    problem: str = ""
    too_long: str = ""


@lru_cache(maxsize=4096)
def parse(text: str) -> Address:
    """An address, perhaps with a display name and comments."""
    if _PLAIN.fullmatch(text):
        return Address(text, too_long=_too_long("", text))
    name, bare = _parts(text)
    problem = _SEVERAL if bare is None else _problem(bare)
    if bare is None or problem:
        return Address("", problem)
    return Address(bare, too_long=_too_long(name, bare))


def split(header: str) -> list[str]:
    """The addresses of a header, as it has them; those of a group one by one."""
    found: list[str] = []
    marks, _ = _scan(header)
    last_end = max((at for at, mark in marks if mark == ";"), default=0)
    start = 0
    in_angles = in_group = False
    for at, mark in marks:
        in_angles = mark == "<" or (in_angles and mark != ">")
        if in_angles or mark in "<>":
            continue
        if mark == ":" and at < last_end:
            in_group, start = True, at + 1  # what comes before is the group's name
        elif mark == "," or (mark == ";" and in_group):
            found.append(header[start:at])
            in_group, start = in_group and mark == ",", at + 1
    found.append(header[start:])
    return [text for text in map(str.strip, found) if text]


def _scan(text: str) -> tuple[list[tuple[int, str]], list[tuple[int, int]]]:
    """The special characters outside quotes and comments, and where the comments are."""
    marks: list[tuple[int, str]] = []
    comments: list[tuple[int, int]] = []
    at = start = depth = 0
    quotes = True
    while at < len(text):
        char = text[at]
        if depth:
            at += char == "\\"
            depth += (char == "(") - (char == ")")
            if not depth:
                comments.append((start, at + 1))
        elif char == "(":
            start, depth = at, 1
        elif char == '"' and quotes:
            quoted = _QUOTED.match(text, at)
            quotes = quoted is not None  # a second search would make the scan quadratic
            at = quoted.end() - 1 if quoted else at
        elif char in "<>,;:":
            marks.append((at, char))
        at += 1
    return marks, comments


def _parts(text: str) -> tuple[str, str | None]:
    """The display name, and the address without comments; None for what is not one address."""
    marks, _ = _scan(text)
    angles = [(at, mark) for at, mark in marks if mark in "<>"]
    if not angles:
        several = any(mark == "," for _, mark in marks) and text.count("@") > 1
        return "", None if several else _without_comments(text)
    if [mark for _, mark in angles] != ["<", ">"]:
        return "", None
    (start, _), (end, _) = angles
    name = text[:start]
    is_list = any(mark == "," and at < start for at, mark in marks) and "@" in name
    if is_list or _without_comments(text[end + 1 :]):
        return "", None
    return name.strip(), text[start + 1 : end].strip()


def _without_comments(text: str) -> str:
    """The text without the comments at its ends."""
    start, end = 0, len(text)
    _, comments = _scan(text)
    for first, after in comments:
        if not text[start:first].strip():
            start = after
    for first, after in reversed(comments):
        if not text[after:end].strip():
            end = first
    return text[start:end].strip()


def _problem(bare: str) -> str:
    quoted = _QUOTED.match(bare)
    if quoted:
        local, rest = quoted[0], bare[quoted.end() :]
        if "\r" in local or "\n" in local:
            return f"Invalid email address <{bare}>."
    else:
        local, at, domain = bare.partition("@")
        rest = at + domain
        if bad := _NOT_IN_LOCAL.search(local):
            is_control = _CONTROL.match(bad[0])
            return f"Local address contains {_CONTROL_WORDS if is_control else _ILLEGAL_WORDS}"
    if not rest.startswith("@"):
        return "Missing final '@domain'"
    if not rest[1:]:
        return "Missing domain"
    if bad := None if _LITERAL.fullmatch(rest) else _NOT_IN_DOMAIN.search(rest, 1):
        is_control = _CONTROL.match(bad[0])
        return f"Domain contains {_CONTROL_WORDS if is_control else _ILLEGAL_WORDS}"
    return ""


def _too_long(name: str, bare: str) -> str:
    """The address is counted as it would be written. [live]"""
    if len(name) + len(bare) + 5 <= MAX_LENGTH // 2:  # nearly all
        return ""
    form = f"{_written(name)} <{bare}>" if name else bare
    if len(form.encode("utf-16-le", "surrogatepass")) // 2 <= MAX_LENGTH:
        return ""
    return f"Address length is more than {MAX_LENGTH} characters long: '{form}'."


def _written(name: str) -> str:
    """A display name, in quotes if it needs them."""
    plain = re.sub(r"\\(.)", r"\1", name[1:-1]) if _QUOTED.fullmatch(name) else name
    if not _SPECIAL.search(plain):
        return plain
    escaped = re.sub(r'(["\\])', r"\\\1", plain)
    return f'"{escaped}"'
