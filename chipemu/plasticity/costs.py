"""CPU cycles that plastic synapses take more than static ones.

Of the published synapse-centric program (Knight & Furber 2016, Front. Neurosci. 10:420;
pynn_spinnaker @89e9bdb, ``standardmodels/synapses.py``: a row 1143 + 226 cycles instead of
486 + 53, a synapse 107 and 30 for each spike of its target instead of 15, a step 11150 instead of
3850). For the program of sPyNNaker, whose arithmetic is emulated, they are estimates.
"""

__all__ = ["MORE_PER_ROW", "MORE_PER_STEP", "MORE_PER_SYNAPSE", "PER_TARGET_SPIKE"]

MORE_PER_ROW = (1143 + 226) - (486 + 53)
MORE_PER_SYNAPSE = 107 - 15
PER_TARGET_SPIKE = 30
"""For each spike of a target, at each of its plastic synapses."""
MORE_PER_STEP = 11_150 - 3_850
"""On a synapse core."""
