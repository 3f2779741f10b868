"""Tables of all keys of a YAML file: the dataclasses that define it, with their docstrings.

``{keys} host.config Config`` makes a table of the fields of `Config`, and a section for each field
that is a dataclass of its own.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

__all__ = ["setup"]

WORDS = {float: "number", int: "whole number", bool: "true, false", str: "text"}
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def meanings(kind: type) -> dict[str, str]:
    """What the section Attributes of a docstring in numpydoc says of each field."""
    text = inspect.getdoc(kind) or ""
    _, _, attributes = text.partition("Attributes\n----------\n")
    attributes = re.split(r"\n\n\w+\n-+\n", attributes)[0]
    told: dict[str, str] = {}
    names: list[str] = []
    for line in attributes.splitlines():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(" : ")[0].split(",")]
        elif names:
            for name in names:
                told[name] = f"{told.get(name, '')} {line.strip()}".strip()
    return told


def sections(kind: type, path: str = "") -> Iterator[str]:
    """Markdown of `kind` and of each section within it, `path` being the key that leads there."""
    hints, told = get_type_hints(kind, include_extras=True), meanings(kind)
    simple = [each for each in fields(kind) if not is_section(hints[each.name])]
    if path:
        yield f"## {path}\n\n{(inspect.getdoc(kind) or '').splitlines()[0]}\n"
    if simple:
        yield "| key | values | default | meaning |\n|---|---|---|---|"
        for each in simple:
            cells = (
                f"`{each.name}`",
                values(hints[each.name]),
                default(each),
                told.get(each.name, ""),
            )
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        yield ""
    for each in fields(kind):
        if is_section(hints[each.name]):
            yield from sections(hints[each.name], f"{path}.{each.name}".lstrip("."))


def is_section(hint: Any) -> bool:
    """Whether a field has fields of its own that a file can set one by one."""
    return is_dataclass(hint)


def values(hint: Any) -> str:
    """What a field may hold, in words."""
    origin, within = get_origin(hint), get_args(hint)
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in within)
    if origin in (Union, UnionType):
        return ", or ".join(values(each) for each in within if each is not NoneType)
    if origin is tuple and Ellipsis in within:
        return f"list of {values(within[0])}"
    if origin is tuple:
        return f"[{', '.join(values(each) for each in within)}]"
    if hasattr(hint, "__metadata__"):
        return f"{values(within[0])} {bounds(hint.__metadata__)}".strip()
    return WORDS.get(hint, getattr(hint, "__name__", str(hint)))


def bounds(metadata: tuple[Any, ...]) -> str:
    """Bounds that an annotation has, as of pydantic's `Field`."""
    flat = [each for outer in metadata for each in (*getattr(outer, "metadata", ()), outer)]
    found = {name: getattr(each, name) for each in flat for name in SIGNS if hasattr(each, name)}
    known = {name: bound for name, bound in found.items() if bound is not None}
    if known.keys() == {"ge", "le"}:
        return f"{known['ge']:,} to {known['le']:,}"
    return ", ".join(f"{SIGNS[name]} {bound:,}" for name, bound in known.items())


def default(field: Field[Any]) -> str:
    """What a file that leaves the key out has; empty if nothing is set."""
    made = field.default
    if made is MISSING and field.default_factory is not MISSING:
        made = field.default_factory()
    if made is MISSING:
        return "required"
    if isinstance(made, bool):
        return f"`{str(made).lower()}`"
    short = isinstance(made, int | float | str) and made != ""
    return f"`{made}`" if short else ""


class Keys(SphinxDirective):
    """Sections of all keys of a dataclass."""

    required_arguments: ClassVar[int] = 2
    has_content: ClassVar[bool] = False

    def run(self) -> list[nodes.Node]:
        """Sections and tables."""
        module, name = self.arguments
        text = "\n".join(sections(getattr(import_module(module), name)))
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directive known."""
    app.add_directive("keys", Keys)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
