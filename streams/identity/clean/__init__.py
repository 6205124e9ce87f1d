"""Cleaning: what a source wrote -> what can be compared. Pure functions of one value each; no weight may live here."""
