"""``chipemu doctor``: whether everything is there that chipemu needs."""

import typer

from host.cli.parts import AsJson, Quiet, console, print_json
from host.errors import ExitCode

__all__ = ["doctor"]


def doctor(*, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Check installation, processors, memory, disk and caches, and tell what to mend."""
    from dataclasses import asdict

    from host.doctor import examine
    from host.tables import doctor_table

    findings = examine()
    is_well = all(finding.state != "bad" for finding in findings)
    if as_json:
        print_json("doctor", {"is_well": is_well, "findings": [asdict(f) for f in findings]})
    elif not quiet:
        console().print(doctor_table(findings))
    if not is_well:
        raise typer.Exit(ExitCode.NOT_MET)
