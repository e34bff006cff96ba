"""Rehearsals: the real program on a virtual clock, with a simulated membership on simulated platforms."""
