"""The parts of the fabric on SimPy, each as `docs/fabric.md` describes it."""
