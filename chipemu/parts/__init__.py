"""What `chipemu.simpy_engine` is put together from, to be read beside `docs/cores.md`."""
