"""What SES says of the account and lets it change: `GetAccount`, `PutAccountVdmAttributes`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import checks
from ..counting import moments
from ..counting.metrics import Metric
from ..counting.store import Question
from .replies import Reply
from .validation import constraint, constraints_refusal
from .wire import HttpRequest, as_structure, as_text, document

if TYPE_CHECKING:
    from .state import State
