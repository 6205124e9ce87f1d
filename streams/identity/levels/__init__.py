"""Levels: how alike two people are in one respect. Pure functions of two values each; no sum and no conflict here."""
