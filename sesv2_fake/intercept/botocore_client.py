"""A client that asks a fake and nobody else."""

from __future__ import annotations

import functools
from typing import Any

import botocore.session
from botocore.client import BaseClient
from botocore.loaders import Loader, create_loader


def new_client(region: str, **arguments: Any) -> BaseClient:
    """An SES v2 client of a region, with what else `create_client` takes.

    It needs no credentials and no environment: without credentials of its own it would look for
    some, on the network too, and a profile that the environment names may not be there.
    """
    session = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session.register_component("data_loader", _loader(session.get_config_variable("data_path")))
    credentials = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return session.create_client("sesv2", region_name=region, **{**credentials, **arguments})


@functools.lru_cache(maxsize=1)
def _loader(data_path: str | None) -> Loader:
    """What reads the files that clients are made of, and keeps them for the next client."""
    return create_loader(data_path)
