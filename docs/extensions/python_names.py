"""Names in docstrings lead to what they mean where they stand.

Sphinx looks for any documented thing that ends in the name, and there may be several. A docstring
means what its own class or module knows by that name, so here Python itself is asked.
"""

import sys
from typing import Any, cast

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains.python import PythonDomain
from sphinx.environment import BuildEnvironment

__all__ = ["setup"]


def meant_by(name: str, module: str, within: str | None) -> str | None:
    """Full name of what `name` stands for in a class, if any, of a module; None if for nothing."""
    home = sys.modules.get(module)
    owner = getattr(home, within, None) if within else None
    first, _, rest = name.partition(".")
    if first and owner is not None and hasattr(owner, first):
        return f"{full_name(owner)}.{name}"
    found: Any = getattr(home, first, None)
    if found is None or not first:
        return name if first in sys.modules else None
    return ".".join(filter(None, (full_name(found, f"{module}.{first}"), rest)))


def full_name(thing: Any, otherwise: str = "") -> str:
    """Where a class or function was defined, and how it is called there."""
    if hasattr(thing, "__module__") and hasattr(thing, "__qualname__"):
        return f"{thing.__module__}.{thing.__qualname__}"
    return otherwise


def make_exact(_app: Sphinx, doctree: nodes.document) -> None:
    """Let each name in a docstring stand for one thing or, if it is a word, for none."""
    for node in list(doctree.findall(pending_xref)):
        if node.get("refdomain") != "py" or not node.get("py:module"):
            continue
        target = meant_by(node["reftarget"], node["py:module"], node.get("py:class"))
        if target is None:
            node.replace_self(node.children)
        else:
            node["reftarget"], node["refspecific"] = target, False


def by_public_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.Element
) -> nodes.Node | None:
    """Find what a package hands on under its own name: ``a.b.C`` may be documented as ``a.C``."""
    *home, name = node["reftarget"].split(".")
    python = cast("PythonDomain", env.domains["py"])
    for depth in range(len(home) - 1, 0, -1):
        public = ".".join((*home[:depth], name))
        if public in python.objects:
            origin = node["refdoc"]
            return python.resolve_xref(env, origin, app.builder, "obj", public, node, content)
    return None


def setup(app: Sphinx) -> dict[str, bool]:
    """Ask Python first, and packages for what they hand on."""
    app.connect("doctree-read", make_exact)
    app.connect("missing-reference", by_public_name)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
