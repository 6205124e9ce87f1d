"""The desk's SQL: a view of topics that can be rebuilt, and what is the desk's own (sessions, audit). No page here."""
