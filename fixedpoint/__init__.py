"""Numbers of the machine: fixed-point formats, arithmetic and random numbers."""

from fixedpoint.errors import FixedPointError, FormatError, TableError
from fixedpoint.formats import S015, S1615, U016, U032, Format, Rounding, from_raw, to_raw
from fixedpoint.fxp import from_fxp, to_fxp
from fixedpoint.tables import InversionTable, inversion_table

__all__ = [
    "S015",
    "S1615",
    "U016",
    "U032",
    "FixedPointError",
    "Format",
    "FormatError",
    "InversionTable",
    "Rounding",
    "TableError",
    "from_fxp",
    "from_raw",
    "inversion_table",
    "to_fxp",
    "to_raw",
]
