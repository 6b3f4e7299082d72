"""The office without its pages."""
