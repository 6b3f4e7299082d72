"""The catalogues: what the pages say, in every language but English, which is the source."""
