"""How many synapses each source has on each slice of neurons: what the cores fetch as rows."""
