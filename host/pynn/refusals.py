"""What the backend refuses, as errors that are PyNN's and ours at once."""

from pyNN import errors as pynn_errors

from host.errors import ConfigError

__all__ = ["ConnectError", "ParameterValueError", "StructureError", "UnsupportedError"]


class UnsupportedError(ConfigError, pynn_errors.NoModelAvailableError, NotImplementedError):
    """The script asks for a model or a feature that the emulated machine has not."""


class ConnectError(ConfigError, pynn_errors.ConnectionError):
    """Synapses that cannot be made as the script asks for them."""


class ParameterValueError(ConfigError, pynn_errors.InvalidParameterValueError):
    """A parameter, a time or an initial value that cannot be."""


class StructureError(ConfigError, pynn_errors.InvalidModelError):
    """The network would have to change while it is running."""
