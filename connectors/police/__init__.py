"""Police notices: vulnerable child, vulnerable adult, domestic incident, missing episode; as CSV and as JSON."""
