"""Readable rules: the pack as a partnership writes it, checked, compiled once, and explained in plain English."""
