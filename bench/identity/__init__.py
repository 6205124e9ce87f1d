"""The identity core on a synthetic county's native files, held against its truth. No Kafka, no test."""
