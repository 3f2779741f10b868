import pytest

import host.pynn
from host.pynn import simulator
from tests.host.pynn.fake_session import FakeSession


@pytest.fixture
def sim(monkeypatch):
    """The backend on a machine that computes nothing, with a time step of 0.1 ms."""
    monkeypatch.setattr(simulator, "open_session", FakeSession)
    monkeypatch.setattr(FakeSession, "made", [])
    monkeypatch.delenv("CHIPEMU_MACHINE", raising=False)
    monkeypatch.delenv("CHIPEMU_PROFILE", raising=False)
    host.pynn.setup(timestep=0.1)
    return host.pynn
