"""What can go wrong with numbers."""

__all__ = ["FixedPointError", "FormatError", "TableError"]


class FixedPointError(Exception):
    """Base of all errors of this package."""


class FormatError(FixedPointError, ValueError):
    """A value, a rounding or a format that cannot be converted."""


class TableError(FixedPointError, ValueError):
    """Probabilities that do not make a distribution."""
