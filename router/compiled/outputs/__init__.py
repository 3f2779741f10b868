"""Where a packet goes: its outputs, those that are blocked, and the ways around them."""
