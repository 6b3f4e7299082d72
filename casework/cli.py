"""The `ishonch` command."""
