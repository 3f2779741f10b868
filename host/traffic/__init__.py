"""Traffic without neurons: experiments on the fabric in the words of network_tester."""

from host.traffic.experiment import FOREVER, Core, Experiment, Flow, Group
from host.traffic.patterns import PATTERNS
from host.traffic.results import GroupResult, Results
from host.traffic.run import run_experiment, run_workload
from host.traffic.workload import Workload, lay_out
from router.packets import SendPolicy

__all__ = [
    "FOREVER",
    "PATTERNS",
    "Core",
    "Experiment",
    "Flow",
    "Group",
    "GroupResult",
    "Results",
    "SendPolicy",
    "Workload",
    "lay_out",
    "run_experiment",
    "run_workload",
]
