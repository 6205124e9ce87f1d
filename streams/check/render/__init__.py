"""A bundle as people read it: bundle -> view (plain, structured) -> terminal, HTML, PDF. No Kafka here."""
