"""The sheet of columns: shares and distances against random pairs of points, and symmetry."""

import math

import numpy as np
import pytest

from host.networks.sheet import reaches

BETAS_MM = [0.232, 0.161, 0.1]


def drawn(side, beta_mm, radius_mm, n):
    """Column of the source and distance of `n` connected pairs, drawn."""
    rng = np.random.default_rng(7)
    r = rng.gamma(2.0, beta_mm, n)  # density of r exp(-r / beta)
    r = r[r < radius_mm]
    angle = rng.uniform(0, 2 * math.pi, r.size)
    away = [rng.uniform(size=r.size) + r * part for part in (np.cos(angle), np.sin(angle))]
    x, y = (np.floor(along).astype(int) % side for along in away)
    return x * side + y, r


@pytest.mark.parametrize(("side", "beta_mm"), [(4, 0.232), (4, 0.12), (3, 0.5), (2, 0.161), (1, 1)])
def test_shares_and_distances_of_pairs_that_are_drawn(side, beta_mm):
    radius_mm = 5 * beta_mm
    column, r = drawn(side, beta_mm, radius_mm, 400_000)
    for reach in reaches(side, beta_mm, radius_mm):
        own = r[column == reach.dx * side + reach.dy]
        error = math.sqrt(reach.share / r.size)
        assert own.size / r.size == pytest.approx(reach.share, abs=5 * error + 1e-5)
        if own.size > 1000:
            error = reach.sd_mm / math.sqrt(own.size)
            assert own.mean() == pytest.approx(reach.mean_mm, abs=5 * error)
            assert own.std() == pytest.approx(reach.sd_mm, rel=0.05)
            assert own.min() >= reach.nearest_mm


@pytest.mark.parametrize("beta_mm", BETAS_MM)
@pytest.mark.parametrize("side", [1, 2, 3, 4, 7])
def test_shares_add_up_and_quadrature_has_converged(side, beta_mm):
    found, finer = (reaches(side, beta_mm, 5 * beta_mm, n) for n in (24, 48))
    assert sum(reach.share for reach in found) == pytest.approx(1, abs=1e-13)
    assert np.array(found) == pytest.approx(np.array(finer), abs=1e-12)


@pytest.mark.parametrize("beta_mm", BETAS_MM)
def test_columns_that_are_alike_have_equal_shares(beta_mm):
    of = {reach[:2]: reach[2:] for reach in reaches(4, beta_mm, 5 * beta_mm)}
    for (dx, dy), values in of.items():
        assert of[dy, dx] == of[-dx % 4, dy] == of[dx, -dy % 4] == values
    shares = [of[dx, dy][0] for dx, dy in [(0, 0), (0, 1), (1, 1)]]
    assert shares == sorted(shares, reverse=True)


def test_columns_out_of_reach_have_no_share():
    assert {reach[:2] for reach in reaches(7, 0.232, 1.16)} == {
        (dx % 7, dy % 7) for dx in range(-2, 3) for dy in range(-2, 3) if abs(dx * dy) < 4
    }
    assert len(reaches(7, 0.1, 0.5)) == 9
    far = {reach[:2]: reach.nearest_mm for reach in reaches(7, 0.5, 2.5)}
    assert (far[0, 0], far[1, 1], far[2, 0], far[4, 5]) == (0, 0, 1, math.hypot(2, 1))
