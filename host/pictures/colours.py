"""Colours of populations and of loads.

Populations of one family share a hue and differ in lightness: the excitatory and the inhibitory
population of a layer, or the populations of a column. A population that is named after another one,
as ``poisson_L4E`` is after ``L4E``, is a paler shade of it.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

__all__ = ["LOAD_CLASSES", "families", "load_colours", "population_colours"]

OKABE_ITO = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f",
)  # fmt: skip
"""Colours that people with any colour vision tell apart (Okabe & Ito 2008), black made grey."""

HUES = (250.0, 45.0, 160.0, 335.0, 95.0, 205.0, 295.0, 15.0)
"""Hues (degrees of OKLCH) of up to eight families."""

VIRIDIS = (
    "#440154", "#48186a", "#472d7b", "#424086", "#3b528b", "#33638d", "#2c728e", "#26828e",
    "#21918c", "#1fa088", "#28ae80", "#3fbc73", "#5ec962", "#84d44b", "#addc30", "#d8e219",
    "#fde725",
)  # fmt: skip
"""The map "viridis" of van der Walt & Smith 2015 (CC0) at equal distances."""

LOAD_CLASSES = 10
"""Colours of load."""

SEPARATORS = re.compile(r"[\s_./:\-]+")
NUMBERED = re.compile(r"[A-Za-z]*\d+")
TYPED = re.compile(r"(.*?)(E|I|exc|inh)")
PARTNER = {"E": "I", "I": "E", "exc": "inh", "inh": "exc"}


def load_colours(*, dark: bool = False) -> list[str]:
    """Colours from the lowest to the highest load, which stands out most from the background."""
    ends = (0.2, 1.0) if dark else (0.92, 0.0)
    return [_sampled(VIRIDIS, t) for t in np.linspace(*ends, LOAD_CLASSES)]


def _sampled(colours: Sequence[str], t: float) -> str:
    at = t * (len(colours) - 1)
    low = min(int(at), len(colours) - 2)
    first, second = (np.array(_channels(colours[i])) for i in (low, low + 1))
    return _hex(first + (at - low) * (second - first))


def _channels(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def _hex(channels: Sequence[float] | np.ndarray) -> str:
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, float(c)))):02x}" for c in channels)


def families(names: Sequence[str]) -> list[str]:
    """Find the family of each population from its name.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    list of str
        A part such as ``L4``, ``C12`` or ``3`` of a name in several parts; the stem of a name in
        E or I if its partner exists; that of the population which it is named after; or the name.

    Examples
    --------
    >>> families(["L4E", "L4I", "poisson_L4E", "C1_L23E", "stim"])
    ['L4', 'L4', 'L4', 'C1', 'stim']
    """
    known = set(names)
    hosts = _hosts(names)
    return [_family(names[_root(i, hosts)], known) for i in range(len(names))]


def _family(name: str, known: set[str]) -> str:
    parts = SEPARATORS.split(name)
    numbered = [part for part in parts if NUMBERED.fullmatch(part)]
    if len(parts) > 1 and numbered:
        return numbered[0]
    typed = TYPED.fullmatch(name)
    if typed and typed[1] + PARTNER[typed[2]] in known:
        return typed[1]
    return name


def _hosts(names: Sequence[str]) -> dict[int, int]:
    """Population that a single other one is named after: its name has one part less."""
    whole = {tuple(SEPARATORS.split(name)): i for i, name in enumerate(names)}
    found = {}
    for i, name in enumerate(names):
        parts = SEPARATORS.split(name)
        shorter = (tuple(parts[:j] + parts[j + 1 :]) for j in range(len(parts)))
        host = next((whole[s] for s in shorter if s in whole and s), None)
        if host is not None:
            found[i] = host
    guests = Counter(found.values())
    return {i: host for i, host in found.items() if guests[host] == 1}


def population_colours(names: Sequence[str]) -> list[str]:
    """Choose a colour for each population.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    list of str
        ``#rrggbb``; those of up to eight populations without families are Okabe & Ito's.
    """
    hosts = _hosts(names)
    of = families(names)
    order = list(dict.fromkeys(of))
    members: dict[str, list[int]] = {family: [] for family in order}
    for i, family in enumerate(of):
        if i not in hosts:
            members[family].append(i)
    if len(order) <= len(OKABE_ITO) and all(len(m) == 1 for m in members.values()):
        own = {members[family][0]: colour for family, colour in zip(order, OKABE_ITO, strict=False)}
    else:
        own = _by_family(members)
    return [own[i] if i in own else _paler(own[_root(i, hosts)]) for i in range(len(names))]


def _root(i: int, hosts: dict[int, int]) -> int:
    while i in hosts:
        i = hosts[i]
    return i


def _paler(colour: str) -> str:
    return _hex(0.42 * np.array(_channels(colour)) + 0.58 * 0.93)


def _by_family(members: dict[str, list[int]]) -> dict[int, str]:
    own = {}
    for rank, family in enumerate(members.values()):
        hue = HUES[rank] if len(members) <= len(HUES) else 20.0 + 360.0 * rank / len(members)
        lightness = _lightness(len(family), rank)
        for i, light in zip(family, lightness, strict=True):
            own[i] = _oklch(light, 0.14, hue)
    return own


def _lightness(n: int, rank: int) -> list[float]:
    if n == 1:
        return [(0.58, 0.74, 0.66)[rank % 3]]
    if n == 2:
        return [0.52, 0.77]
    return [float(light) for light in np.linspace(0.42, 0.86, n)]


def _oklch(lightness: float, chroma: float, hue: float) -> str:
    """Colour of OKLCH in sRGB, with less chroma if that is what sRGB can show.

    Matrices: Ottosson 2020, "A perceptual color space for image processing".
    """
    for weaker in np.linspace(chroma, 0.0, 15):
        a = weaker * math.cos(math.radians(hue))
        b = weaker * math.sin(math.radians(hue))
        long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        linear = np.array(
            [
                4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
                -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
                -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
            ]
        )
        if np.all((linear >= -1e-4) & (linear <= 1.0001)):
            break
    linear = np.clip(linear, 0.0, 1.0)
    return _hex(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))
