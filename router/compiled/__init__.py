"""The fabric, compiled; it does what `router.fabric` does, for whole machines."""

from router.compiled.fabric import CompiledFabric

__all__ = ["CompiledFabric"]
