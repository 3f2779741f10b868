"""Validation: statistics of spikes by the community's recipe, and how far two sets of runs differ.

`sample_of` makes a `Sample` of spikes, `compare` holds samples against those of a reference
(``docs/validation.md``).
"""

from host.analysis.comparable import check_comparable
from host.analysis.distances import earth_movers, kolmogorov_smirnov, kullback_leibler
from host.analysis.measures import MEASURES
from host.analysis.packaged import packaged_references
from host.analysis.readers import read_sample
from host.analysis.sample import Model, Sample, Window, sample_of, sample_of_run
from host.analysis.samplefile import load_sample, save_sample
from host.analysis.verdict import Comparison, compare

__all__ = [
    "MEASURES",
    "Comparison",
    "Model",
    "Sample",
    "Window",
    "check_comparable",
    "compare",
    "earth_movers",
    "kolmogorov_smirnov",
    "kullback_leibler",
    "load_sample",
    "packaged_references",
    "read_sample",
    "sample_of",
    "sample_of_run",
    "save_sample",
]
