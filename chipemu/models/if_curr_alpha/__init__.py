"""The leaky integrate-and-fire neuron with alpha-shaped synaptic currents, PyNN's IF_curr_alpha."""
