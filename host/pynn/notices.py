"""What a script asked for and got in another way: told once each, and kept for the report.

A script for the real tool chain sets things that the emulator has no use for, or has for the whole
network only. Nothing of it is dropped without a word.
"""

import sys

__all__ = ["NOTICES", "Notices"]


class Notices:
    """Sentences that have been told, each once, in order."""

    def __init__(self) -> None:
        self._told: dict[str, None] = {}

    def tell(self, sentence: str) -> None:
        """Write `sentence` to stderr if it is new, and keep it."""
        if sentence not in self._told:
            self._told[sentence] = None
            sys.stderr.write(f"chipemu: {sentence}\n")

    def clear(self) -> None:
        """Forget what has been told."""
        self._told.clear()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What has been told."""
        return tuple(self._told)


NOTICES = Notices()
"""Those of this process: PyNN's module-level calls belong to no object that could hold them."""
