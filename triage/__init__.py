"""The triage desk: pages on which people screen, ask, answer, read and decide. A view: Kafka stays the record."""
