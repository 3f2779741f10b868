"""What can go wrong when cores are loaded or run."""

__all__ = ["ChipemuError", "EngineError", "ImageError", "ParameterError"]


class ChipemuError(Exception):
    """Base of all errors of this package."""


class ParameterError(ChipemuError, ValueError):
    """A neuron parameter that the model does not have or its number format cannot hold."""


class ImageError(ChipemuError, ValueError):
    """A core image whose parts contradict each other."""


class EngineError(ChipemuError, RuntimeError):
    """An engine contradicts itself: a fault of the emulator."""
