"""A small network in a file."""

from pathlib import Path

__all__ = ["SMALL", "written"]

SMALL = """\
description: two populations and a source
populations:
  E:
    size: 40
    parameters: {cm: 250 pF, tau_m: 10 ms, v_thresh: -50 mV}
    initial: {v: {distribution: uniform, low: -65 mV, high: -50 mV}}
  I: {size: 10, model: IF_curr_exp}
  noise: {size: 40, kind: poisson, rate_hz: 8 kHz}
projections:
  - {pre: noise, post: E, rule: one_to_one, weight: 87.8 pA, delay_ms: 0}
  - pre: E
    post: [E, I]
    rule: fixed_in_degree
    k: 8
    allow_autapses: false
    weight: {distribution: normal, mu: 87.8 pA, sigma: 8.78 pA}
    delay_ms: {distribution: normal_clipped, mu: 1.5, sigma: 750 us, low: 0.1}
  - {pre: I, post: E, rule: pairwise_bernoulli, p: 0.1, receptor: inhibitory, weight: 0.35,
     delay_ms: 0.8 ms}
"""


def written(folder: Path, text: str, name: str = "net.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path
