"""Random words against published ones."""

import pytest

from fixedpoint.random import kernels

MASK = 2**32 - 1


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((MASK,) * 4, (MASK,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_known_answers(counter, key, words):
    assert kernels.philox4x32(*counter, *key) == words


def test_philox_cuts_wide_words():
    wide = [2**32 + 1, 2**40 + 2, -(2**32) + 3, 4, 2**33 + 5, 2**63 - 2**32 + 6]
    assert kernels.philox4x32(*wide) == kernels.philox4x32(1, 2, 3, 4, 5, 6)


def test_sark_rand_known_answers():
    state, drawn = (0x12345678, 0), []
    for _ in range(4):
        state = kernels.sark_rand(*state)
        drawn.append(state[0])
    assert drawn == [0x4C7DAFFB, 0xFCC16831, 0xE8E3AA96, 0xCED8B9A6]


def test_uniform_below_covers_its_range_evenly():
    drawn = [kernels.uniform_below(u << 24, 10) for u in range(256)]
    assert sorted(set(drawn)) == list(range(10))
    assert {drawn.count(v) for v in range(10)} == {25, 26}
    assert kernels.uniform_below(MASK, 10) == 9
