"""What tests of design-space share: a runner that makes losses up by the machine's clock."""

import csv
from dataclasses import replace

from experiments.design_space import Options
from experiments.design_space.run import run
from host.energy import ActionCount, PhaseCounts, RunActions
from host.energy.vocabulary import Phase
from host.machines import load_machine
from host.progress import SilentProgress
from mapping.errors import DoesNotFitError
from tests.experiments.made_up import margins, results, stretch, timing_of

NOTHING = dict.fromkeys(
    ("clock_mhz", "synapse_cores", "neurons_per_core", "link_rate", "board_link_rate"), ()
) | dict.fromkeys(("sdram_rate", "process", "standing"), ())
EVENTS = 1000


def actions(wall_ps, cycle_ps, events=EVENTS):
    """Two chips in use, one unused; a neuron core works, and a synapse core polls all the time."""
    counts = (
        ActionCount("chip", "in use", 2 * wall_ps),
        ActionCount("chip", "unused", wall_ps),
        ActionCount("core_cycle", "neuron", 4000 * cycle_ps),
        ActionCount("core", "synapse", wall_ps),
        ActionCount("router_bit", "", 400),
    )
    return RunActions(
        cycle_ps=cycle_ps,
        slowdown=1.0,
        load=0.5,
        n_boards_on=1,
        synaptic_events=events,
        deadline="met",
        is_reckoned=False,
        phases=(PhaseCounts(phase=Phase.RUNNING, wall_ps=wall_ps, counts=counts),),
    )


class FakeRun:
    """Runs nothing: late below `threshold` at 200 MHz, and in proportion at other clocks."""

    def __init__(
        self, threshold=0.55, cause="late", events=EVENTS, most_synapse_cores=16, transient_losses=0
    ):
        self.threshold, self.cause, self.events = threshold, cause, events
        self.most_synapse_cores = most_synapse_cores
        self.transient_losses = transient_losses
        self.configs, self.cycles_ps = [], {}

    def __call__(self, config, *, progress):
        self.configs.append(config)
        if config.mapping.synapse_cores > self.most_synapse_cores:
            resource = "cores of a chip"
            raise DoesNotFitError(resource, 18, 16, "take fewer synapse cores")
        if config.machine not in self.cycles_ps:
            self.cycles_ps[config.machine] = load_machine(config.machine).cores.cycle_ps
        cycle_ps = self.cycles_ps[config.machine]
        threshold = self.threshold * cycle_ps / 5000
        step_us, n_steps = config.period_ps / 10**6, config.run.n_steps
        lost = {self.cause: 7} if config.slowdown < threshold else {}
        slack = margins(step_us * (1 - threshold / config.slowdown), step_us)
        own = replace(stretch(lost, step_us, 0, n_steps), margins={"synapse": slack})
        stretches = {"warmup": stretch({"late": self.transient_losses}, 1.0, 0, 1), "run": own}
        done = actions(n_steps * config.period_ps, cycle_ps, self.events)
        return results(config, timing_of(step_us, stretches), actions=done)


def found(tmp_path, run_network=None, **options):
    """Finding, and rows of the file by design."""
    chosen = Options(**(NOTHING | {"time_ms": 1.0} | options))
    finding = run(
        chosen, progress=SilentProgress(), output=tmp_path, run_network=run_network or FakeRun()
    )
    return finding, rows_of(finding)


def rows_of(finding):
    with finding.files[0].open(newline="") as file:
        return {row["design"]: row for row in csv.DictReader(file)}
