"""Every page of both sides with sample contents, to be looked at and checked."""
