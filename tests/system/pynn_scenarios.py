"""PyNN's own system scenarios, run on the emulator.

    python -m tests.system.pynn_scenarios FOLDER [ACCOUNT.json]

runs those of PyNN's source distribution in FOLDER twice, in double precision and in the machine's
numbers, and prints a table. The scenarios name the simulators that they are meant for; here each
is run once, with the emulator in place of all of them. `run_scenarios` loads this module as a
plug-in of pytest.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import pytest

from host.pynn.setup_options import COMMAND

ROOT = Path(__file__).resolve().parents[2]
VERSION = "0.13.0"
ARITHMETICS = ("float64", "fixed")
ACCOUNT, ARITHMETIC = "CHIPEMU_SCENARIOS_ACCOUNT", "CHIPEMU_SCENARIOS_ARITHMETIC"


def run_scenarios(folder: Path, arithmetic: str, select: str = "") -> dict[str, dict[str, str]]:
    """Outcome and message of each scenario, by name.

    Parameters
    ----------
    folder : Path
        PyNN's source distribution.
    arithmetic : {"float64", "fixed"}
    select : str
        Expression that names those to run (``-k`` of pytest).
    """
    scenarios = folder.resolve() / "test" / "system" / "scenarios"
    with tempfile.TemporaryDirectory() as scratch:
        account = Path(scratch) / "account.json"
        command = [
            sys.executable, "-m", "pytest", str(scenarios), "-q", "-k", select, "-c", os.devnull,
            "-p", "tests.system.pynn_scenarios", "-p", "no:cacheprovider", "--rootdir", str(folder),
        ]  # fmt: skip
        settings = {ACCOUNT: str(account), ARITHMETIC: arithmetic, "PYTHONPATH": str(ROOT)}
        ended = subprocess.run(
            command, env=os.environ | settings, cwd=scratch, capture_output=True, check=False
        )
        if not account.exists():
            raise RuntimeError(ended.stdout.decode() + ended.stderr.decode())
        return json.loads(account.read_text())


def pytest_configure(config: pytest.Config) -> None:
    """Choose the arithmetic for all that is set up in this process."""
    COMMAND.set({"run.arithmetic": os.environ[ARITHMETIC], "run.timing": "ideal"})
    config.stash[OUTCOMES] = {}


OUTCOMES = pytest.StashKey[dict[str, dict[str, str]]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each scenario once, with the emulator as its simulator."""
    emulator = import_module("host.pynn")
    kept = {}
    for item in items:
        assert isinstance(item, pytest.Function)
        if "sim" in item.callspec.params:
            item.callspec.params["sim"] = emulator
        kept.setdefault((item.path, item.originalname), item)
    items[:] = kept.values()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Note the outcome and, of a failure, the last line of the message."""
    report = yield
    if report.when == "call" or report.outcome != "passed":
        outcomes = item.config.stash[OUTCOMES]
        message = "" if call.excinfo is None else call.excinfo.exconly(tryshort=True)
        name = f"{item.path.stem}::{item.originalname}"
        outcomes[name] = {"outcome": report.outcome, "message": message.split("\n")[0]}
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the account."""
    outcomes = session.config.stash[OUTCOMES]
    Path(os.environ[ACCOUNT]).write_text(json.dumps(outcomes, indent=2))


def as_table(accounts: dict[str, dict[str, dict[str, str]]]) -> str:
    """Rows of a Markdown table: scenario, outcome with each arithmetic, message."""
    lines = ["| scenario | " + " | ".join(accounts) + " | message |", "|---" * 4 + "|"]
    for name in next(iter(accounts.values())):
        found = [accounts[arithmetic][name] for arithmetic in accounts]
        message = next((one["message"] for one in found if one["outcome"] == "failed"), "")
        cells = [name, *(one["outcome"] for one in found), message.replace("|", "/")[:160]]
        lines.append("| " + " | ".join(cells) + " |")
    for arithmetic, account in accounts.items():
        passed = sum(one["outcome"] == "passed" for one in account.values())
        lines.append(f"\n{arithmetic}: {passed} of {len(account)} pass")
    return "\n".join(lines)


def main() -> None:
    folder = Path(sys.argv[1])
    accounts = {arithmetic: run_scenarios(folder, arithmetic) for arithmetic in ARITHMETICS}
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(json.dumps(accounts, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(as_table(accounts) + "\n")


if __name__ == "__main__":
    main()
