"""How much of the suite is asked for."""

import os

# The long run: on both engines and in every language, also where one of them tells as much.
FULL = os.environ.get("ISHONCH_TEST_FULL") == "1"
