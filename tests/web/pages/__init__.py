"""The pages of the real portal, over both engines."""
