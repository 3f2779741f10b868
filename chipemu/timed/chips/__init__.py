"""What the cores of a chip do, event by event."""
