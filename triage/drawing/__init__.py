"""Pictures drawn on the server as SVG, each beside the same content in words. No seal is opened, nothing is read."""
