"""All dialects by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .trt5 import Trt5
from .trt7 import Trt7, Trt70
from .trt10 import Trt10
from .trt11 import Trt11
from .trt80 import Trt80
from .trt82 import Trt82
from .trt84 import Trt84
from .trt85 import Trt85
from .trt86 import Trt860, Trt861

if TYPE_CHECKING:
    from .render import Dialect

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Trt5(),
        Trt70(),
        Trt7(),
        Trt80(),
        Trt82(),
        Trt84(),
        Trt85(),
        Trt860(),
        Trt861(),
        Trt10(),
        Trt11(),
    )
}
