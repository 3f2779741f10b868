"""Cores that receive packets: combined, synapse and delay cores."""
