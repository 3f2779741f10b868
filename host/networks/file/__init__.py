"""Networks that users write down: a YAML file, and lists of synapses or spikes beside it.

`sections` says what a file may hold, `read` checks one and makes a `mapping.spec.NetworkSpec` of
it, `write` writes a network as such a file (docs/networks.md).
"""
