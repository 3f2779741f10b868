"""What all tests of experiments share."""

import pytest


@pytest.fixture(autouse=True)
def figures(monkeypatch, request):
    """Draw figures in tests named after them only; each one takes a second."""
    if "figure" not in request.node.name:
        for experiment in ("spike_loss", "design_space"):
            monkeypatch.setattr(f"experiments.{experiment}.run.draw", lambda *_: ())
