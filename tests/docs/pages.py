"""The pages of the documentation, and what in them can be run: commands and blocks of Python."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from host.cli.examples import EXAMPLES

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    str(page.relative_to(ROOT))
    for pattern in (
        "README.md",
        "AGENTS.md",
        "CONTRIBUTING.md",
        "docs/**/*.md",
        "experiments/**/*.md",
    )
    for page in ROOT.glob(pattern)
)
HELP = "chipemu --help"
"""Stands for the examples below the help of each command, which the reference shows, too."""
TOOL = re.compile(
    r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(?P<tool>chipemu|make|python3?|git|pip)(?= \S|$)"
)
"""How a line begins that is a command; variables of the environment may come first."""
LANGUAGES = ("", "text", "sh", "console")
"""Of fenced blocks that may hold commands."""


class Command(NamedTuple):
    """A command as a page has it."""

    page: str
    line: int
    text: str
    is_inline: bool
    """Whether it stands in a sentence or a table, where `chipemu run` may be just a name."""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"

    @property
    def words(self) -> list[str]:
        """Its words, without comment, variables of the environment and the path of the tool."""
        tool = TOOL.match(self.text)
        assert tool is not None
        return shlex.split(self.text[tool.start("tool") :], comments=True)


class Block(NamedTuple):
    """A fenced block of Python."""

    page: str
    line: int
    text: str


def tokens(page: str) -> Iterator[Token]:
    """All tokens of a page, those within paragraphs and tables with the line of these."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield token
        for child in token.children or ():
            child.map = token.map
            yield child


def steps(page: str) -> list[Command | Block]:
    """All commands and blocks of Python of a page, in order."""
    if page == HELP:
        examples = [line for lines in EXAMPLES.values() for line in lines]
        return [Command(HELP, line, text, False) for line, text in enumerate(examples, start=1)]
    found: list[Command | Block] = []
    for token in tokens(page):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "code_inline" and TOOL.match(token.content):
            found.append(Command(page, line, token.content, is_inline=True))
        elif token.type == "fence" and token.info == "python":
            found.append(Block(page, line + 1, token.content))
        elif token.type == "code_block" or (token.type == "fence" and token.info in LANGUAGES):
            first = line + (token.type == "fence")
            found += [
                Command(page, first + offset, text, is_inline=False)
                for offset, text in joined(token.content)
                if TOOL.match(text)
            ]
    return found


def joined(text: str) -> Iterator[tuple[int, str]]:
    r"""Lines with their numbers, those that end in ``\`` joined with the next; prompts left out."""
    lines = iter(enumerate(text.splitlines()))
    for number, line in lines:
        whole = line.strip().removeprefix("$ ")
        while whole.endswith("\\"):
            whole = f"{whole[:-1].rstrip()} {next(lines)[1].strip()}"
        yield number, whole
