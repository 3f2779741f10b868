"""Results of runs that nobody ran, for tests of experiments."""

from host.results import Results
from host.timing import LOSSES, Losses, Margins, StretchTiming, Timing


def margins(slack_us, step_us):
    share = {"p0": slack_us / step_us}
    return Margins(
        n_cores=3,
        smallest_us=slack_us,
        worst_core="A[0:2] combined core on chip (0, 0) core 1",
        smallest_of_core_us={"p0": slack_us, "p1": slack_us, "p5": slack_us, "p50": 50.0},
        mean_of_core_us={"p50": 60.0},
        smallest_of_core_share=share,
        mean_of_core_share=share,
        busy_mean=0.5,
        busy_max=0.75,
        busiest_step_us=10.0,
    )


def stretch(lost, step_us, first_step, stop_step):
    none = dict.fromkeys((*LOSSES, "overruns"), 0)
    losses = Losses(**(none | lost))
    return StretchTiming(
        first_step=first_step,
        stop_step=stop_step,
        is_loss_free=losses.total == 0,
        losses=losses,
        dropped={"dropped": 0},
        packets_sent=20,
        packets_received=100,
        margins={"combined": margins(-1.0 if lost else 1.0, step_us)},
    )


def timing_of(step_us, stretches):
    """Timing of these stretches, with nothing under way at the end."""
    return Timing(
        step_us=step_us,
        stretches=stretches,
        saturated=0,
        delay_clipped=0,
        in_flight=0,
        unprocessed=0,
        undelivered=0,
    )


def results(config, timing, **known):
    """Results with all that an experiment does not look at empty."""
    return Results(
        config=config,
        machine="none",
        n_neurons=3,
        n_synapses=0,
        n_cores=3,
        n_chips=1,
        n_boards=1,
        rates_hz={},
        losses={},
        counters={},
        wall_s={},
        rtf=1.0,
        peak_rss_bytes=0,
        energy={},
        timing=timing,
        **known,
    )
