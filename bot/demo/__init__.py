"""The demonstration: the real program over four weeks of virtual time, with a simulated membership."""
