"""The MASH check: from a proposal to a decision that everyone hears of. Imports no other stage."""
