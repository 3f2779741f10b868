"""Updates of all neurons in a step, and the spikes found."""
