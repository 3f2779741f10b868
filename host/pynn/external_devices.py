"""In place of sPyNNaker's ``external_devices``: every name is refused, for nothing is live."""

from typing import NoReturn

from host.pynn.unsupported import EXTERNAL_DEVICES, refuse

__all__: list[str] = []

LIVE = "SpikeSourceArray for input, record('spikes') for output: no device is connected"


def __getattr__(name: str) -> NoReturn:
    """Refuse `name`; those with underscores are asked for by Python itself."""
    if name.startswith("__"):
        raise AttributeError(name)
    refuse(f"external_devices.{name}", EXTERNAL_DEVICES.get(name, LIVE))
