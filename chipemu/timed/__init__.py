"""The cores of `docs/cores.md`, compiled; `chipemu.parts` is their readable twin."""
