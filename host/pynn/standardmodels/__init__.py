"""PyNN's standard cells, electrodes and synapses, as far as the machine has them."""
