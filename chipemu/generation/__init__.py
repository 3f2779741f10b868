"""On-core data generation: rows of synapses, each made by itself at any time."""
