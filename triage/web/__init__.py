"""The desk's pages: each handler turns a question into an answer; what is asked of whom stands in `routes`."""
