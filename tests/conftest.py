"""Settings shared by all tests."""

import os

from hypothesis import settings

# Compiling a kernel takes longer than the default deadline of an example.
settings.register_profile("chipemu", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if "CI" in os.environ else "chipemu")
