"""The leaky integrate-and-fire neuron with exponential synaptic currents, PyNN's IF_curr_exp."""
