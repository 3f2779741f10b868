"""The key allocators by name."""

from mapping.keys import flat, population, tree
from mapping.keys.keymap import KeyAllocator

__all__ = ["KEY_ALLOCATORS"]

KEY_ALLOCATORS: dict[str, KeyAllocator] = {
    "flat": flat.allocate,
    "population": population.allocate,
    "tree": tree.allocate,
}
