"""Commands of the documentation made small, by one rule for all.

A page says ``--scale 0.1 --time 1000``; what the test runs is the same command on a network of a
few hundred neurons, for some milliseconds. Which options bound a command's work, and to what they
are set, stands here; every other word of a command is run as the page has it.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from host.experiments import find_experiment, parse_options

__all__ = ["command_path", "is_usage", "small"]


class Rule(NamedTuple):
    """How the commands of one name become small."""

    limits: Mapping[str, str] = {}
    """Values of options, if a page sets them; of keys, if it does by ``--set``."""
    always: tuple[str, ...] = ()
    """Of these, those that are set even if the page leaves them at their defaults."""


NETWORK = {"--scale": "0.005", "--time": "3", "--warmup": "1", "--checkpoint-every": "1"}
VALIDATED = ("--scale", "--time", "--seeds")
KEYS = {"network.scale": "0.005", "run.time_ms": "3", "run.warmup_ms": "1"}
RULES = {
    "run": Rule(NETWORK | KEYS, ("--scale", "--time", "--warmup")),
    "resume": Rule({"--time": "5"}),
    "traffic": Rule(
        {"--time": "0.2", "--warmup": "0.01", "--scale": "0.01"}, ("--time", "--warmup")
    ),
    "sweep": Rule({"--workers": "1"} | KEYS, ("--workers",)),
    "validate": Rule({"--scale": "0.002", "--time": "0.1", "--seeds": "1"} | KEYS, VALIDATED),
    "map": Rule({"--scale": "0.005"} | KEYS, ("--scale",)),
    "load": Rule({"--scale": "0.005"} | KEYS, ("--scale",)),
}
"""Times are in the unit of each command: ms, and s of `validate`."""
RUNS = {"reference_seeds": "1,2", "seeds": "11,12", "warmup_ms": "5", "scale": "0.005"}
EXPERIMENTS = {
    "balanced-network": {
        "neurons": "500", "g": "3,6", "eta": "2", "time_ms": "30", "warmup_ms": "5"
    },
    "design-space": {
        "scale": "0.005", "time_ms": "3", "transient_ms": "1", "tolerance": "0.5",
        "clock_mhz": "400", "synapse_cores": "3", "neurons_per_core": "64", "link_rate": "",
        "board_link_rate": "", "sdram_rate": "", "process": "", "standing": "",
    },
    "downscaled-pd14": RUNS | {"lost": "0.1", "compensated": "false", "time_ms": "30"},
    "load-time": {},
    "network-test": {"seeds": "1", "ninths": "0,3", "time_ms": "0.5", "receive_us": "0.7"},
    "pd14-accuracy": {
        "scales": "0.005", "drives": "poisson", "variants": "truncate", "seeds": "21,22",
        "time_ms": "50", "warmup_ms": "5",
    },
    "spike-loss": {
        "scale": "0.005", "dt_ms": "0.1", "slowdowns": "20", "neurons_per_core": "64",
        "synapse_cores": "1", "time_ms": "2", "transient_ms": "1", "tolerance": "1",
        "costs": "polling",
    },
    "surrogates": RUNS | {
        "kinds": "dither", "wrong": "", "dither_ms": "5", "windows_ms": "50,100",
    },
    "weight-resolution": RUNS | {
        "bits": "2", "methods": "naive", "connections": "total", "time_ms": "50"
    },
}  # fmt: skip
"""Options of each experiment; an empty list that a page asks for stays empty."""
SCRIPTS = {
    "balanced_random_network.py": ("--scale", "0.04", "--time", "20"),
    "pd14.py": ("--scale", "0.005", "--time", "10", "--warmup", "5"),
    "synfire_chain.py": ("--groups", "2", "--volleys", "1.0"),
}
"""Arguments of PyNN scripts, of which the last ones count."""
PLACEHOLDERS = {"COMMAND", "NAME", "KEY=VALUE", "OPTIONS", "FILE", "FILE.yaml"}
"""Words that stand for any of their kind, so that a command with one shows a usage."""


def command_path(words: list[str], commands: Mapping[str, object]) -> str:
    """Name of the command that `words` call, of two words for one in a group; empty if of none."""
    for length in (2, 1):
        name = " ".join(words[1 : 1 + length])
        if name in commands:
            return name
    return ""


def is_usage(words: list[str], name: str) -> bool:
    """Whether a page tells of a command, or of options of it, and does not say what to type."""
    rest = words[1 + len(name.split()) :]
    return any(word in PLACEHOLDERS or word.startswith("[") for word in rest)


def small(words: list[str], name: str) -> list[str]:
    """Arguments of ``chipemu`` that ask for the same as `words`, in small."""
    arguments = [word for word in words[1:] if word != "..."]
    if name == "experiment":
        return small_experiment(arguments)
    if name == "pynn run":
        return [*arguments, *(part for script in arguments for part in SCRIPTS.get(script, ()))]
    rule = RULES.get(name, Rule())
    given = [replaced(word, before, rule) for before, word in pairwise(["", *arguments])]
    missing = [option for option in rule.always if option not in given]
    if has_its_own_size(arguments):
        missing = [option for option in missing if option == "--workers"]
    if "--scheduler" in given:
        missing = []
    return [*given, *(part for option in missing for part in (option, rule.limits[option]))]


def has_its_own_size(arguments: list[str]) -> bool:
    """Whether a command takes its network from a file, a run, or a mapping that was recorded."""
    return arguments[1:2] != [] and (
        arguments[1].endswith((".yaml", ".yml", ".npz"))
        or arguments[1].startswith("runs/")
        or arguments[1].startswith("--from")
        or any(word.startswith("tests/data/") for word in arguments)
    )


def replaced(word: str, before: str, rule: Rule) -> str:
    """`word`, or the small value if it is that of an option or key that `rule` limits."""
    if before in rule.limits:
        return rule.limits[before]
    key, equals, _ = word.partition("=")
    if before == "--set" and equals and key in rule.limits:
        return f"{key}={rule.limits[key]}"
    return word


def small_experiment(arguments: list[str]) -> list[str]:
    """An experiment with its small options, once those of the page have been found valid."""
    if len(arguments) < 2 or "--options" in arguments:
        return arguments
    assignments = [word for word in arguments[2:] if "=" in word]
    others = [word for word in arguments[2:] if "=" not in word]
    parse_options(find_experiment(arguments[1]), assignments)
    given = dict(word.split("=", 1) for word in assignments)
    limits = EXPERIMENTS[arguments[1]]
    emptied = {key for key, value in given.items() if not value}
    if given.get("search") == "true":
        limits = limits | {"slowdowns": "10,20"}
    chosen = given | {key: value for key, value in limits.items() if key not in emptied}
    return [*arguments[:2], *(f"{key}={value}" for key, value in chosen.items()), *others]
