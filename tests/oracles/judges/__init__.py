"""The judges: programs that we did not write, each asked one question about one document."""
