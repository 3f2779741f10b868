"""A machine that computes nothing: spike arrays fire as listed, potentials grow by 1 mV a step."""

from typing import ClassVar, NamedTuple

import numpy as np

from mapping.connectors import ExplicitList


class Samples(NamedTuple):
    steps: np.ndarray
    members: np.ndarray
    signals: dict


class Synapses(NamedTuple):
    pre: np.ndarray
    post: np.ndarray
    weight: np.ndarray
    delay_ms: np.ndarray


class FakeStretch:
    def __init__(self, session, first_step, n_steps):
        self.session, self.first_step, self.n_steps = session, first_step, n_steps

    def spikes(self, population):
        member, step = [], []
        for i, times_ms in enumerate(self.session.network.population(population).spike_times_ms):
            steps = np.rint(times_ms / self.session.dt_ms).astype(int)
            inside = (steps >= self.first_step) & (steps < self.first_step + self.n_steps)
            step += steps[inside].tolist()
            member += [i] * int(inside.sum())
        order = np.argsort(step, kind="stable")
        return np.array(member, np.int64)[order], np.array(step, np.int64)[order]

    def samples(self, population):
        members = self.session.watched[population]
        steps = np.arange(self.first_step, self.first_step + self.n_steps)
        steps = steps[steps % self.session.interval_steps == 0]
        v = self.session.offset[population][members] + steps[:, np.newaxis]
        return Samples(steps, members, {"v": v, "i_exc": v / 1000, "i_inh": v / 1000, "u": v})


class FakeSession:
    """Made anew by each opening; `made` has them all."""

    made: ClassVar[list] = []

    def __init__(self, config, network, **options):
        self.config, self.dt_ms, self.step = config, config.run.dt_ms, 0
        self.told, self.injected = [], []
        self.offset = {
            p.name: np.zeros(p.size) + np.asarray(p.initial.get("v", 0.0))
            for p in network.populations
        }
        self.change(network, **options)
        FakeSession.made.append(self)

    def change(self, network, *, watched, interval_steps, currents):
        self.network, self.watched, self.interval_steps = network, watched, interval_steps
        self.currents = currents
        self.told.append((self.step, network))

    def advance(self, n_steps):
        for current in self.currents:
            amplitudes = current.amplitudes_na(self.step, n_steps, self.dt_ms)
            assert amplitudes.shape == (n_steps,)
            self.injected.append((list(current.targets), amplitudes))
        stretch = FakeStretch(self, self.step, n_steps)
        self.step += n_steps
        return stretch

    def set_state(self, population, variable, values, members=None):
        assert variable == "v"
        self.offset[population][members] = values - self.step

    def state(self, population):
        v = self.offset[population] + self.step
        return {"v": v, "i_exc": v / 1000, "i_inh": v / 1000, "u": v}

    def synapses(self, k):
        """Of a list: what is listed, weights in halves of 0.125; of a rule: all to all."""
        projection = self.network.projections[k]
        rule = projection.connector
        if isinstance(rule, ExplicitList):
            pre, post, weight, delay_ms = rule.pre, rule.post, rule.weight_na, rule.delay_ms
        else:
            n_pre, n_post = self.network.sizes(projection)
            pre, post = (a.ravel() for a in np.indices((n_pre, n_post)))
            weight = np.full(pre.size, projection.weight_na.mean)
            delay_ms = np.full(pre.size, projection.delay_ms.mean)
        order = np.lexsort((post, pre))
        return Synapses(pre[order], post[order], np.rint(weight * 8)[order] / 8, delay_ms[order])

    def cut_weights(self):
        return []

    def results(self):
        return None
