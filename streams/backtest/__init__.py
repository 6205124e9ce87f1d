"""Back-test and shadow: a rule pack run over recorded history, through the very cores that run live."""
