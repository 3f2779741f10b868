"""The leaky integrate-and-fire neuron whose synapses move V at once, PyNN's IF_curr_delta."""
