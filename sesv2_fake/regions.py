"""The region of calls that name none, and what an account keeps by region."""

from __future__ import annotations

from typing import Generic, TypeVar

#: The region of a call, and of a record, that names none.
DEFAULT_REGION = "us-east-1"

Value = TypeVar("Value")


class ByRegion(Generic[Value]):
    """Named values in each region."""

    def __init__(self) -> None:
        self._everywhere: dict[str, Value] = {}
        self._by_region: dict[str, dict[str, Value]] = {}

    def of(self, region: str) -> dict[str, Value]:
        """The values of a region."""
        found = self._by_region.get(region)
        if found is None:
            found = self._by_region[region] = dict(self._everywhere)
        return found

    def all(self, region: str | None) -> list[tuple[str | None, dict[str, Value]]]:
        """Where a value is put: into one region, or into all that there are and will be."""
        if region is not None:
            return [(region, self.of(region))]
        return [(None, self._everywhere), *self._by_region.items()]
