"""The age file: format, keys, streams, the command line, and other implementations of it."""
