"""Pieces of work, interrupts and transfers."""
