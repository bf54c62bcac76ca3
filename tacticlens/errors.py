"""The errors that tacticlens raises on purpose. Each says what, where and what to do next."""

from __future__ import annotations


class TacticLensError(Exception):
    """Something that the user can act on; the command line prints it as one line and exits with 2."""


class SourceError(TacticLensError):
    """The input cannot be read, or is no text log."""


class UsageError(TacticLensError):
    """The request does not fit: unknown table, build, layer, format ..."""
