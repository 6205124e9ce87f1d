"""Runs the hub's processes on one machine, and says how they are. It knows no stage by name."""
