"""Synapses whose weights change with spikes, as the cores of the machine compute them."""
