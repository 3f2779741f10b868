"""Sections of machine files that name a table: ``costs: polling``, ``energy: spinnaker1``.

A section is the name of a table or of a file, or a mapping that ``extends`` either and says what
differs; without ``extends`` a mapping changes what the machine that the file extends has. If that
has none, the defaults are changed (costs), or the mapping must be complete (energy).
"""

from pathlib import Path
from typing import NamedTuple

from host.errors import ConfigError, UnknownNameError, did_you_mean
from host.yamlfile import Document, Location, read_document

__all__ = ["NamedTables", "is_file_name"]


def is_file_name(name: str) -> bool:
    """Whether `name` is that of a YAML file, not of something of ours."""
    return name.endswith((".yaml", ".yml")) or "/" in name


class NamedTables(NamedTuple):
    """Tables that files may name in one of their sections."""

    section: str
    folder: Path
    """Where each table is a YAML file."""

    def names(self) -> list[str]:
        """Names of the tables."""
        return sorted(path.stem for path in self.folder.glob("*.yaml"))

    def read(self, name: object) -> Document:
        """Table called `name`, over the one that it extends.

        Raises
        ------
        UnknownNameError
            If there is none of this name; tells those there are.
        """
        if name not in self.names():
            hint = did_you_mean(str(name), self.names()) or f"; there are {', '.join(self.names())}"
            msg = f"unknown table of {self.section} {name!r}{hint}"
            raise UnknownNameError(msg)
        document = read_document(self.folder / f"{name}.yaml")
        if "extends" not in document.data:
            return document
        own = {key: value for key, value in document.data.items() if key != "extends"}
        return Document(own, document.lines).over(self.read(document.data["extends"]))

    def expand(self, document: Document, folder: Path) -> Document:
        """`document` with the table that its section names put in its place.

        Parameters
        ----------
        document : Document
        folder : Path
            Where files that the section names are looked for.

        Raises
        ------
        ConfigError
            If the section is neither a name nor a mapping, or names no table; tells the line.
        """
        section = document.data.get(self.section)
        if section is None:
            return document
        if not isinstance(section, str | dict):
            where = document.where((self.section,))
            msg = f"{where}{self.section} should be a name or a mapping, got {section!r}"
            raise ConfigError(msg)
        own = section if isinstance(section, dict) else {"extends": section}
        if "extends" not in own:
            return document
        try:
            table = self._named(own["extends"], folder)
        except UnknownNameError as error:
            key: Location = (self.section,)
            at = (*key, "extends") if isinstance(section, dict) else key
            msg = f"{document.where(at)}{error}"
            raise UnknownNameError(msg) from error
        values = {key: value for key, value in own.items() if key != "extends"}
        top = Document({**document.data, self.section: values}, document.lines)
        lines = {(self.section, *at): line for at, line in table.lines.items()}
        return top.over(Document({self.section: table.data}, lines))

    def _named(self, name: object, folder: Path) -> Document:
        """Table of this name, or in the file of this name, over the one of ours that it extends."""
        if not (isinstance(name, str) and is_file_name(name)):
            return self.read(name)
        document = read_document(folder / name)
        further = document.data.get("extends")
        if isinstance(further, str) and is_file_name(further):
            where = document.where(("extends",))
            msg = f"{where}a file of {self.section} may extend one of our tables, not {further!r}"
            raise ConfigError(msg)
        lines = {(self.section, *at): line for at, line in document.lines.items()}
        inner = self.expand(Document({self.section: document.data}, lines), folder)
        outer = {at[1:]: line for at, line in inner.lines.items() if len(at) > 1}
        return Document(inner.data[self.section], outer)
