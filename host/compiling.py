"""Compiling the kernels of a run before it begins, so that its times do not contain that."""

from dataclasses import replace
from typing import Any

import numpy as np

from chipemu.compiled_engine import Cores
from chipemu.image import MachineImage
from chipemu.recording import Sampling
from fixedpoint.jit import is_warm
from host.config import Config, MappingConfig, NetworkConfig
from host.deploy import build_deployment
from host.engines import Listener, simulate
from host.image import build_image
from host.mapper import map_config
from host.numerics import numerics_of
from host.progress import COMPILING, Clock, SilentProgress

__all__ = ["compile_kernels", "compile_plastic"]

KERNELS = {
    "ideal": ("generate_rows", "run_steps", "update_run"),
    "ideal, float64": ("generate_rows", "trace_rows", "run_steps", "update_run_float64"),
    "procedural": ("make_all", "do_blocks", "run_procedural"),
    "full": ("generate_rows", "count_rows", "exchange_and_deliver", "advance_all", "update_spans"),
    "full, reference": ("generate_rows", "count_rows"),
}
"""Kernels that take seconds to compile, by timing, engine and arithmetic, or that tell by being
there that others are."""


def compile_kernels(config: Config, clock: Clock) -> None:
    """Compile the kernels by a run in small, if the cache lacks them."""
    is_timed = config.run.timing == "full"
    is_readable = is_timed and config.run.engine == "reference"
    name: str = "full, reference" if is_readable else config.run.timing
    if config.run.connectivity == "procedural":
        name = "procedural"
    if config.run.arithmetic == "float64":
        name = "ideal, float64"
    if all(is_warm(kernel) for kernel in KERNELS[name]):
        return
    run_config = replace(config.run, time_ms=config.run.dt_ms, warmup_ms=0.0)
    algorithms: dict[str, Any] = dict(config.mapping.algorithms)
    small = Config(
        network=NetworkConfig(scale=0.002),
        mapping=replace(MappingConfig(layout=config.mapping.layout), **algorithms),
        run=run_config if is_readable else replace(run_config, engine="compiled"),
    )
    with clock.phase(COMPILING):
        quiet = Clock(SilentProgress())
        (spec, machine_spec, machine, _), mapped = map_config(small, None, quiet)
        graph, numerics = mapped.graph, numerics_of(small.run)
        image = build_image(spec, graph, mapped.placement, numerics, is_timed=is_timed)
        deployment = None
        if is_timed:
            deployment = build_deployment(
                spec, image, mapped, machine=machine, machine_spec=machine_spec, config=small
            )
        nothing, deaf = Sampling(np.zeros(0, np.int64)), Listener(lambda _: None, lambda _: None)
        simulate(image, deployment, small.run, deaf, sampling=nothing, n_threads=1)


def compile_plastic(image: MachineImage, clock: Clock) -> None:
    """Compile the kernels of plastic synapses, if there are any and the cache lacks them."""
    if image.plastic is not None and not is_warm("run_plastic"):
        with clock.phase(COMPILING):
            Cores(image).advance(0)
