"""TensorRT 8.2 to 8.4.0: heads without names, decimal ids. The base class is this version."""

from __future__ import annotations

from .render import Dialect


class Trt82(Dialect):
    """`Computing costs for ` with nothing behind it, `Optimizer Reformat(x -> <out>)`."""
