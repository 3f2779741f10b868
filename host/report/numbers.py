"""Figures as the page writes them: three or four digits, thousands apart, a prefix of SI."""

from math import floor, isfinite, log10

__all__ = ["bytes_text", "count", "percent", "plural", "quantity", "seconds", "share", "signed"]

PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
NONE = "\u2013"
"""Stands where there is no figure."""


def count(n: float) -> str:
    """A whole number with thousands apart.

    >>> count(298880968)
    '298,880,968'
    """
    return f"{n:,.0f}"


def plural(n: int, noun: str, nouns: str = "") -> str:
    """A number with its noun.

    >>> plural(1, "board"), plural(1200, "core")
    ('1 board', '1,200 cores')
    """
    return f"{count(n)} {noun if n == 1 else nouns or noun + 's'}"


def quantity(value: float | None, unit: str, digits: int = 3) -> str:
    """A figure with a prefix that leaves it between 1 and 1000.

    >>> quantity(0.000237, "J"), quantity(12345.0, "Hz"), quantity(0.0, "W")
    ('237 µJ', '12.3 kHz', '0 W')
    """
    if value is None or not isfinite(value):
        return NONE
    if value == 0:
        return f"0 {unit}"
    rounded = float(f"{value:.{digits - 1}e}")
    power = min(9, max(-18, 3 * floor(log10(abs(rounded)) / 3)))
    scaled = rounded / 10.0**power
    decimals = max(0, digits - 1 - floor(log10(abs(scaled)) + 1e-9))
    return f"{scaled:,.{decimals}f} {PREFIXES[power]}{unit}"


def seconds(value: float | None, digits: int = 3) -> str:
    """A time in hours, minutes, seconds or parts of these.

    >>> seconds(0.0012), seconds(90.0), seconds(7200.0)
    ('1.20 ms', '90.0 s', '2.00 h')
    """
    if value is None or not isfinite(value):
        return NONE
    for size, name in ((3600.0, "h"), (60.0, "min")):
        if abs(value) >= 2 * size:
            return f"{value / size:,.{2 if value < 10 * size else 1}f} {name}"
    return quantity(value, "s", digits)


def share(part: float, whole: float) -> str:
    """`part` of `whole` in per cent, or that there is no whole."""
    return percent(part / whole) if whole else NONE


def percent(fraction: float | None) -> str:
    """A fraction in per cent; what is not nothing is never written as 0.

    >>> percent(0.1234), percent(0.00001), percent(0.99999), percent(1.0)
    ('12.3 %', '0.001 %', '99.999 %', '100 %')
    """
    if fraction is None or not isfinite(fraction):
        return NONE
    value = 100.0 * fraction
    if value in (0.0, 100.0):
        return f"{value:.0f} %"
    if abs(value) < 1e-3:
        return f"{value:.0e} %"
    if abs(value) < 1:
        decimals = 1 - floor(log10(abs(value)))
    elif 99 < value < 100:
        decimals = -floor(log10(100.0 - value) + 1e-9)
    else:
        decimals = 0 if abs(value) >= 1000 else 1
    return f"{value:,.{max(0, min(3, decimals))}f} %"


def signed(value: float, digits: int = 2) -> str:
    """A figure with its sign, the minus as long as the plus."""
    return f"{value:+,.{digits}f}".replace("-", "\u2212")


def bytes_text(n_bytes: float | None) -> str:
    """An amount of memory.

    >>> bytes_text(65536), bytes_text(1.6e9)
    ('64.0 KiB', '1.49 GiB')
    """
    if n_bytes is None:
        return NONE
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if n_bytes >= size:
            scaled = n_bytes / size
            return f"{scaled:,.{2 if scaled < 10 else 1 if scaled < 100 else 0}f} {unit}"
    return f"{n_bytes:.0f} B"
