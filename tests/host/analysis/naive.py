"""Plain twins of the statistics: loops over neurons, written from the definitions."""

from fractions import Fraction
from itertools import combinations, pairwise
from math import sqrt


def trains_by_neuron(trains):
    return [trains.steps[trains.members == k].tolist() for k in range(trains.n_neurons)]


def rates(trains):
    return [len(own) / trains.time_s for own in trains_by_neuron(trains)]


def variations(trains):
    found = []
    for own in trains_by_neuron(trains):
        if len(own) < 3:
            continue
        intervals = [b - a for a, b in pairwise(own)]
        mean = Fraction(sum(intervals), len(intervals))
        variance = sum((i - mean) ** 2 for i in intervals) / len(intervals)
        found.append(sqrt(variance) / float(mean))
    return found


def correlations(trains, chosen, bin_ms):
    width, dt = Fraction(str(bin_ms)), Fraction(str(trains.dt_ms))
    n_bins = int(trains.n_steps * dt / width)
    rows = {}
    for k in chosen:
        rows[k] = [0] * n_bins
        for step in trains_by_neuron(trains)[k]:
            place = int(step * dt / width)
            if place < n_bins:
                rows[k][place] += 1
    found = []
    for i, j in combinations(chosen, 2):
        x, y = rows[i], rows[j]
        mx, my = Fraction(sum(x), n_bins), Fraction(sum(y), n_bins)
        sxy = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
        sxx = sum((a - mx) ** 2 for a in x)
        syy = sum((b - my) ** 2 for b in y)
        if sxx and syy:
            found.append(float(sxy) / sqrt(sxx * syy))
    return found
