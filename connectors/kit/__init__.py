"""What every connector needs and no agency owns: values, identifiers, readers, publishing, checkpoints, preview."""
