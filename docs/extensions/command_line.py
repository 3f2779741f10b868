"""The command line reference: every command and option as typer knows them, in Markdown.

A page that holds only the directive ``{command-line}`` shows them all, so it cannot drift.
"""

import inspect
from collections.abc import Iterator
from typing import Any, ClassVar

import typer
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from host.cli import app

__all__ = ["setup"]


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """`command`, or all that it groups, each with what one types to call it."""
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, child in command.commands.items():
        yield from commands(child, f"{path} {name}")


def described(path: str, command: Any) -> str:
    """Section of a command: its usage, its docstring, and a table of what it takes."""
    shown = [each for each in command.params if not getattr(each, "hidden", False)]
    arguments = " ".join(usage(each) for each in shown if each.param_type_name == "argument")
    lines = [f"## {path}", "", "```text", f"{path} [OPTIONS] {arguments}".rstrip(), "```", ""]
    lines += [*body(command.help or ""), ""]
    if command.epilog:
        lines += ["```text", *inspect.cleandoc(command.epilog).splitlines()[1:], "```", ""]
    lines += ["| | | |", "|---|---|---|", *(row(each) for each in shown), ""]
    return "\n".join(lines)


def usage(argument: Any) -> str:
    """An argument as the help shows it."""
    name = argument.metavar or argument.name.upper()
    return name if argument.required else f"[{name}]"


def body(text: str) -> Iterator[str]:
    r"""Lines of a docstring; ``\b`` before a paragraph keeps its lines apart, as in the help."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            yield from ("```text", *paragraph.removeprefix("\b").strip("\n").split("\n"), "```", "")
        else:
            yield from (paragraph, "")


def row(parameter: Any) -> str:
    """Row of an argument or option: how it is spelled, what it takes, what it does."""
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    if parameter.param_type_name == "argument":
        names = f"`{parameter.metavar or parameter.name.upper()}`"
    takes = "" if getattr(parameter, "is_flag", False) else parameter.metavar or ""
    if parameter.param_type_name == "argument":
        takes = "argument"
    default = parameter.default
    told = "" if default in (None, False, ()) or callable(default) else f" Default: `{default}`."
    text = " ".join((getattr(parameter, "help", None) or "").split()) + told
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (names, takes, text)) + " |"


class CommandLine(SphinxDirective):
    """Sections of all commands."""

    has_content: ClassVar[bool] = False

    def run(self) -> list[nodes.Node]:
        found = commands(typer.main.get_command(app), "chipemu")
        text = "\n".join(described(path, command) for path, command in found)
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def setup(sphinx: Sphinx) -> dict[str, bool]:
    """Make the directive known."""
    sphinx.add_directive("command-line", CommandLine)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
