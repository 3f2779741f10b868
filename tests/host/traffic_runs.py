"""Traffic on small machines, for tests."""

from host.traffic import (
    Core,
    Experiment,
    Flow,
    Group,
    GroupResult,
    lay_out,
    run_workload,
)
from mapping.machine import Machine
from router.params import FabricParams
from router.topology import mesh

ENGINE = "reference"
US = 10**6
MS = 10**9
SQUARE = Machine(mesh(2, 2, cores=5))


def run_one(
    cores: tuple[Core, ...],
    flows: tuple[Flow, ...],
    group: Group,
    machine: Machine = SQUARE,
    seed: int = 1,
) -> GroupResult:
    experiment = Experiment(cores=cores, flows=flows, groups=(group,), seed=seed)
    return run_all(experiment, machine)[0]


def run_all(experiment: Experiment, machine: Machine) -> tuple[GroupResult, ...]:
    workload = lay_out(experiment, machine)
    groups, seed = experiment.groups, experiment.seed
    return run_workload(workload, groups, FabricParams(), seed=seed, engine=ENGINE).groups
