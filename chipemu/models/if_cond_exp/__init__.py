"""The leaky integrate-and-fire neuron with exponential conductances, PyNN's IF_cond_exp."""
