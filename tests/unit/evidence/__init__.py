"""The evidence register."""
