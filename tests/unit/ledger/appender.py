"""A process that appends until it is killed: `python -m tests.unit.ledger.appender URL` prints each number that was committed."""

import sys

from portal.database import Database
from tests.unit.ledger.ledgers import LedgerAt


def main() -> None:
    """Append, and sign now and then, for ever."""
    ledger = LedgerAt(Database(sys.argv[1]))
    while True:
        number = ledger.act()
        print(number, flush=True)
        if number % 7 == 0:
            ledger.sign()


if __name__ == "__main__":
    main()
