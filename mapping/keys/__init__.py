"""Routing keys: which packets are whose."""

from mapping.keys.keymap import (
    NO_KEY,
    KeyAllocator,
    KeyMap,
    stage_bits,
    stage_key,
    stream_keys,
)
from mapping.keys.registry import KEY_ALLOCATORS

__all__ = [
    "KEY_ALLOCATORS",
    "NO_KEY",
    "KeyAllocator",
    "KeyMap",
    "stage_bits",
    "stage_key",
    "stream_keys",
]
