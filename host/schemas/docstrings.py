"""What the docstring of a dataclass says of each attribute: the help that editors show."""

import inspect
import re
from collections.abc import Mapping

__all__ = ["attribute_texts", "summary_text"]

SECTION = re.compile(r"^Attributes\n-+\n(.*?)(?=^\S[^\n]*\n-+$|\Z)", re.MULTILINE | re.DOTALL)
MARKUP = re.compile(r"``?([^`]+)``?")


def summary_text(kind: type) -> str:
    """First paragraph of the docstring of `kind`."""
    return _plain((inspect.getdoc(kind) or "").split("\n\n")[0])


def attribute_texts(kind: type) -> Mapping[str, str]:
    """Text on each attribute of `kind`; of those that share a heading the same.

    Parameters
    ----------
    kind : type
        With a docstring in numpy's style.
    """
    section = SECTION.search(inspect.getdoc(kind) or "")
    texts: dict[str, list[str]] = {}
    names: list[str] = []
    for line in section[1].splitlines() if section else ():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.partition(" : ")[0].split(",")]
            texts |= {name: [] for name in names}
        else:
            for name in names:
                texts[name].append(line.strip())
    return {name: _plain(" ".join(lines).strip()) for name, lines in texts.items()}


def _plain(text: str) -> str:
    """`text` on one line, without the marks of code."""
    return MARKUP.sub(r"\1", " ".join(text.split()))
