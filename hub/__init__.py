"""What every part of the hub shares: settings, topics, messages, state, keys, Kafka, metrics, the command line.

Nothing here may know an agency, a stage or a page: what stands to the right imports this, never the reverse.
"""
