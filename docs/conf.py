"""How the pages become a site: ``make docs``.

The source folder is that of the repository, so that links between the pages, README and the
experiments hold on the site as they do in the files. Nothing is fetched while building.
"""

import sys
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "extensions"), str(HERE.parent)]

project = "chipemu"
author = "the authors of chipemu"
version = release = metadata.version("chipemu")
language = "en_GB"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.doctest",
    "myst_parser",
    "command_line",
    "keys",
    "python_names",
]
root_doc = "docs/index"
source_suffix = {".md": "markdown"}
include_patterns = ["*.md", "docs/**", "experiments/**", "benchmarks/results/*.md"]
exclude_patterns = [
    "**/__pycache__",
    *(f"{name}/**" for name in (".venv", ".peers", ".git", "build", "dist", "runs")),
]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # READMEs of experiments begin where their question begins

default_role = "py:obj"
nitpick_ignore_regex = [("py:.*", ".*")]  # types in words, and what other projects document
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings tell types with shape, dtype and unit
autodoc_default_options = {"members": True, "show-inheritance": False}
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"chipemu {release}"
html_extra_path = ["site"]
html_copy_source = False
html_show_sphinx = False


def setup(app: Any) -> None:
    """Let pages that only another page leads to stay out of the tables of contents."""

    def keep_out(app: Any, _doctree: Any) -> None:
        name = app.env.current_document.docname
        if name.endswith("/PREDICTION") or name.startswith("benchmarks/"):
            app.env.metadata[name]["orphan"] = ""

    app.connect("doctree-read", keep_out)
