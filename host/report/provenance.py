"""What the run was made of, and how to repeat it."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from host.config import config_hash, to_yaml
from host.errors import OutputError
from host.manifest import read_manifest
from host.report.markup import Column, details, note, table, tag
from host.report.section import Section
from host.results import Results, plain

__all__ = ["copyable", "is_configured", "is_file_name", "provenance_section"]

LEAD = "Versions, seed and configuration: enough to repeat the run, bit for bit."


def provenance_section(results: Results) -> Section:
    """Versions, command, configuration and machine."""
    manifest = _manifest(results)
    folder = results.run_dir
    parts = [_facts(results, manifest)]
    if folder is not None:
        repeat = f"chipemu run --from {shlex.quote(str(folder))}"
        parts += [tag("h3", "Repeat it"), copyable("repeat", repeat)]
    if not is_configured(results):
        told = "The network came from a program or a file, not from what stands under network."
        parts.append(note(told))
    parts += [
        tag("h3", "Configuration"),
        copyable("configuration", to_yaml(results.config)),
        details("The machine, as it was", copyable("machine-text", _pretty(results))),
    ]
    return Section("provenance", "Provenance", Markup("").join(parts), LEAD)


def is_configured(results: Results) -> bool:
    """Whether the network is the one that the configuration names, not one that was handed over."""
    named = results.config.network.name
    return results.network is None or is_file_name(named) or results.network.name == named


def is_file_name(network: str) -> bool:
    """Whether a network is named by its file."""
    return Path(network).suffix in (".yaml", ".yml")


def copyable(name: str, text: str) -> Markup:
    """Text with a button that copies it.

    Parameters
    ----------
    name : str
        Makes its ``id``.
    text : str
    """
    place = f"text-{name}"
    button = tag("button", "copy", type="button", data_copy=place)
    code = tag("pre", tag("code", text, id=place), tabindex="0")
    return tag("div", code, button, class_="copyable")


def _manifest(results: Results) -> Mapping[str, Any]:
    if results.run_dir is None:
        return {}
    try:
        return read_manifest(results.run_dir)
    except (OSError, ValueError, OutputError):
        return {}


def _facts(results: Results, manifest: Mapping[str, Any]) -> Markup:
    config, command = results.config, manifest.get("command")
    versions = manifest.get("versions", {})
    rows: list[tuple[str, object]] = [
        ("run folder", tag("code", results.run_dir) if results.run_dir else "not kept"),
        ("command", tag("code", shlex.join(command)) if command else None),
        ("finished", manifest.get("finished")),
        ("seed", str(config.run.seed)),
        ("configuration", tag("code", f"sha256 {config_hash(config)}")),
        ("machine", results.machine),
        ("network", results.network.name if results.network else config.network.name),
        ("versions", ", ".join(f"{name} {v}" for name, v in versions.items() if v) or None),
        ("computer", manifest.get("platform")),
    ]
    columns = [Column("fact", is_number=False), Column("value", is_number=False)]
    known = [[name, value] for name, value in rows if value is not None]
    return tag("div", table(columns, known, caption="This run"), class_="pairs")


def _pretty(results: Results) -> str:
    return json.dumps(plain(results.machine_description), indent=2, ensure_ascii=False)
