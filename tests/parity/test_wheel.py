"""The calendar against a plain model of it: the time at which each pending event is due."""

from types import FunctionType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.wheel import kernels, lay_wheel, wheel_size
from router.wheel.kernels import FEW, hasten, next_event
from router.wheel.state import BUCKET_SHIFT, N_BUCKETS, NONE
from tests.parity.slow import examples

MODELLED = {"schedule", "hasten", "next_event"}
PARTS = {
    "bring_near", "cut", "filled_bucket", "first_far", "lowest_bit", "next_bucket", "open_bucket",
    "place", "sort", "unlink",
}  # fmt: skip

BUCKET = 1 << BUCKET_SHIFT
TURN = BUCKET * N_BUCKETS
SECOND = 10**12
FORMS = {"njit": lambda f: f, "py_func": lambda f: getattr(f, "py_func", f)}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())

MOST_EVENTS = 40
events = st.integers(0, MOST_EVENTS - 1)
durations = st.one_of(
    st.integers(1, 5),
    st.integers(1, 2 * BUCKET),
    st.integers(1, TURN),
    st.integers(1, 3 * SECOND),
    st.builds(
        lambda unit, n, more: unit * n + more,  # borders of buckets, words, half turns and turns
        st.sampled_from([BUCKET, 32 * BUCKET, TURN // 2, TURN]),
        st.integers(1, 5),
        st.integers(-1, 1),
    ),
)
settings_of_one = st.tuples(events, durations)
steps = st.one_of(
    st.tuples(st.just("set"), st.lists(settings_of_one, max_size=30)),
    st.tuples(st.just("crowd"), st.lists(settings_of_one, min_size=FEW, max_size=40), durations),
    st.tuples(st.just("advance"), durations, st.lists(st.lists(settings_of_one, max_size=3))),
)  # fmt: skip


class Model:
    """What a calendar should do."""

    def __init__(self):
        self.due = {}

    def schedule(self, event, time_ps):
        assert event not in self.due
        self.due[event] = time_ps

    def hasten(self, event, time_ps):
        self.due[event] = min(time_ps, self.due.get(event, time_ps))

    def next_event(self, limit_ps):
        time_ps, event = min(((t, e) for e, t in self.due.items()), default=(NONE, NONE))
        if time_ps > limit_ps or event == NONE:
            return NONE, NONE
        del self.due[event]
        return event, time_ps


class Both:
    """A calendar and its model, which must do the same."""

    def __init__(self, form, n_events=MOST_EVENTS):
        self.model = Model()
        self.memory = np.zeros(wheel_size(n_events), np.int64)
        lay_wheel(self.memory, n_events)
        self.form = form
        self.now_ps = 0
        self.n_happened = 0

    def set(self, event, time_ps):
        """Schedule `event`, or hasten it if it is pending."""
        name = "hasten" if event in self.model.due else "schedule"
        getattr(self.model, name)(event, time_ps)
        self.form(getattr(kernels, name))(self.memory, event, time_ps)

    def hasten(self, event, time_ps):
        """Hasten `event`, which sets it if it is not pending."""
        self.model.hasten(event, time_ps)
        self.form(hasten)(self.memory, event, time_ps)

    def next_event(self, limit_ps):
        """The next event, -1 if there is none up to `limit_ps`."""
        expected = self.model.next_event(limit_ps)
        assert tuple(self.form(next_event)(self.memory, limit_ps)) == expected
        event, time_ps = expected
        self.now_ps = limit_ps if event == NONE else time_ps
        self.n_happened += event != NONE
        return event

    def drain(self):
        """Let everything that is pending happen."""
        while self.model.due:
            self.next_event(max(self.model.due.values()))


def do(both, step):
    """Set events, set many in few buckets, or let happen what happens up to a limit."""
    match step:
        case "set", pairs:
            for event, after_ps in pairs:
                both.set(event, both.now_ps + after_ps)
        case "crowd", pairs, after_ps:
            for event, further_ps in pairs:
                both.hasten(event, both.now_ps + after_ps + further_ps % BUCKET)
        case "advance", until_ps, answers:
            limit_ps = both.now_ps + until_ps
            answers = iter(answers)  # events that each event sets
            while both.next_event(limit_ps) != NONE:
                for event, after_ps in next(answers, []):
                    both.hasten(event, both.now_ps + after_ps)


@forms
@examples(300)
@given(st.lists(steps, max_size=12))
def test_what_happens_next(form, story):
    both = Both(form)
    for step in story:
        do(both, step)
    both.drain()
    assert both.next_event(both.now_ps + 3 * SECOND) == NONE


@forms
@examples(200)
@given(
    st.integers(0, 2**23),
    st.sampled_from([BUCKET, 32 * BUCKET, TURN // 2, TURN, 3 * TURN]),
    st.integers(1, MOST_EVENTS),
)
def test_events_that_set_each_other(form, seed, span_ps, n_events):
    rng = np.random.default_rng(seed)
    both = Both(form, n_events)
    for _ in range(200):
        for event in rng.integers(n_events, size=rng.integers(4)).tolist():
            both.hasten(event, both.now_ps + 1 + int(span_ps * rng.random() ** 4))
        both.next_event(both.now_ps + int(span_ps * rng.random()))
    both.drain()


@forms
def test_a_far_event_comes_near_while_the_ring_is_never_empty(form):
    both = Both(form)
    both.set(0, TURN)
    for step in range(1, 9):
        both.set(step, step * (TURN // 4))
        both.set(step + 10, (step + 2) * (TURN // 4))
        both.next_event(TURN // 4 * step - 1)
    both.drain()
    assert both.n_happened == 17


def test_every_kernel_has_a_twin():
    own = {
        name
        for name, f in vars(kernels).items()
        if getattr(f, "__module__", "") == kernels.__name__
        and isinstance(getattr(f, "py_func", f), FunctionType)
    }
    assert own == MODELLED | PARTS
    assert all(hasattr(Model, name) for name in MODELLED)


@forms
@pytest.mark.parametrize("n", [1, 2, FEW, FEW + 1, MOST_EVENTS])
def test_a_full_bucket_is_sorted_by_time_then_number(form, n):
    both = Both(form)
    times = np.random.default_rng(n).integers(BUCKET, 2 * BUCKET, n) // 8 * 8
    for event, time_ps in enumerate(times.tolist()):
        both.set(event, time_ps)
    both.drain()
    assert both.n_happened == n


@forms
def test_events_are_set_into_the_open_bucket_and_moved_within_it(form):
    both = Both(form)
    for event in range(5):
        both.set(event, BUCKET + 100 * event)
    both.next_event(TURN)
    both.hasten(4, BUCKET + 150)  # from behind 2 and 3
    both.hasten(3, BUCKET + 300)  # stays
    both.set(9, BUCKET + 150)
    both.set(0, BUCKET + 100)
    assert [both.next_event(TURN) for _ in range(6)] == [0, 1, 4, 9, 2, 3]
    assert both.next_event(TURN) == NONE


@forms
def test_an_event_goes_back_to_where_it_was_hastened_from(form):
    both = Both(form)
    both.set(1, 10)
    both.set(2, 500)
    both.next_event(BUCKET)
    both.hasten(2, 100)
    assert both.next_event(BUCKET) == 2
    both.set(2, 500)  # where an entry was left
    assert [both.next_event(BUCKET) for _ in range(2)] == [2, NONE]


@forms
@pytest.mark.parametrize("turns", [1, 2, 3, 1000])
def test_events_many_turns_ahead(form, turns):
    both = Both(form)
    for event, offset in enumerate((-BUCKET, -1, 0, 1, BUCKET, TURN // 2)):
        both.set(event, turns * TURN + offset)
    both.set(6, 3 * SECOND)
    both.hasten(6, turns * TURN + 1)  # out of the far list
    for limit_ps in (1, TURN // 2, turns * TURN - 1, turns * TURN, (turns + 1) * TURN):
        while both.next_event(limit_ps) != NONE:
            pass
    assert both.n_happened == 7


@forms
def test_a_limit_may_lie_before_all_events(form):
    both = Both(form)
    assert both.next_event(-1) == NONE
    both.set(0, 1)
    assert both.next_event(0) == NONE
    assert both.next_event(1) == 0


@forms
@pytest.mark.parametrize("bit", range(32))
def test_lowest_bit(form, bit):
    for more in (0, 1 << 31, (1 << 32) - (1 << bit)):
        assert form(kernels.lowest_bit)(more | 1 << bit) == bit
