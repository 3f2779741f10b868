"""Examples of every command, shown below its help."""

__all__ = ["EXAMPLES", "epilog"]

EXAMPLES: dict[str, tuple[str, ...]] = {
    "run": (
        "chipemu run pd14 --scale 0.1 --time 1s",
        "chipemu run pd14 --scale 0.02 --mapping ensemble --timing full --slowdown 2x",
        "chipemu run my.yaml --set run.dt_ms=1ms --set record.v.L4E=10",
        "chipemu run --from runs/mine --output runs/again",
    ),
    "resume": ("chipemu resume runs/long", "chipemu resume runs/long --time 1200s"),
    "map": (
        "chipemu map pd14 --scale 0.1 --picture machine.svg",
        "chipemu map pd14 --scale 0.1 --compare hilbert,anneal,shared/ordered",
    ),
    "algorithms": ("chipemu algorithms",),
    "traffic": (
        "chipemu traffic --machine spinn3 --rate 4e4,8e4",
        "chipemu traffic --machine spinn3 --rate 4e4 --trace packets.json",
    ),
    "load": (
        "chipemu load pd14 --scale 0.1 --mapping ensemble",
        "chipemu load pd14 --scale 0.1 --by host",
    ),
    "energy": ("chipemu energy runs/mine", "chipemu energy runs/mine --picture where.svg"),
    "report": (
        "chipemu report runs/mine",
        "chipemu report runs/mine --output mine.html --open",
    ),
    "race": ("chipemu race", "chipemu race runs/mine --figure race.svg"),
    "export": (
        "chipemu export runs/mine --to csv",
        "chipemu export runs/mine --to nwb --output mine.nwb",
    ),
    "compare": ("chipemu compare runs/mine runs/other",),
    "validate": (
        "chipemu validate pd14 --scale 0.1 --time 10s --seeds 3",
        "chipemu validate runs/mine --reference runs/other",
    ),
    "experiment": (
        "chipemu experiment",
        "chipemu experiment spike-loss --options",
        "chipemu experiment spike-loss scale=0.02 slowdowns=1,5 time_ms=5",
    ),
    "sweep": (
        "chipemu sweep sweep.yaml --dry-run",
        "chipemu sweep sweep.yaml --workers 2 --set run.time_ms=1s",
        "chipemu sweep sweep.yaml --retry",
    ),
    "machines": (
        "chipemu machines",
        "chipemu machines template > mine.yaml",
        "chipemu machines mine.yaml",
    ),
    "networks": (
        "chipemu networks",
        "chipemu networks pd14 --scale 0.1",
        "chipemu networks template > mine.yaml",
        "chipemu networks mine.yaml",
        "chipemu networks brunel --scale 0.1 --yaml > brunel.yaml",
    ),
    "schema": ("chipemu schema", "chipemu schema network > network.schema.json"),
    "doctor": ("chipemu doctor", "chipemu doctor --json"),
}
"""Examples by command, each a command line that runs."""


def epilog(command: str) -> str:
    """Text of the examples of `command`, as typer prints it below the options."""
    lines = "\n".join(f"  {line}" for line in EXAMPLES[command])
    return f"Examples\n{lines}"
