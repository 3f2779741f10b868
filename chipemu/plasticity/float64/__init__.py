"""Plastic synapses in double precision."""
