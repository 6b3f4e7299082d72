"""Working copies without what files say of their makers. Bytes in, bytes out; hostile bytes are expected.

The package knows no database, no clock and no key. The office runs it in a process of its own (`process.py`), which may write
to no file and is ended when it takes too much memory or time.
"""
