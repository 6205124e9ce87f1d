"""Trials of the matching on a file of records: no Kafka, no journal, the very core that the stream runs."""
