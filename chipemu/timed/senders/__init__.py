"""Cores that send: updates of neurons and sources, neuron and Poisson cores."""
