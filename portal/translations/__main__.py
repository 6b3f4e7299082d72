"""`python -m portal.translations`: bring the catalogues up to date; `--check` only looks."""

import sys

import click

from portal.translations.catalogue import everything, write
from portal.translations.check import problems


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if anything is to be done.")
def main(*, check: bool) -> None:
    """Extract the strings of both apps, update and derive the catalogues, and compile them."""
    updates = everything()
    if not check:
        write(updates)
        for locale, done in updates.items():
            for msgid in done.dropped:
                click.echo(f"{locale}: dropped, no longer used: {msgid!r}")
    found = problems(updates)
    for problem in found:
        click.echo(problem, err=True)
    count = len(next(iter(updates.values())).catalog)
    click.echo(f"{count} strings in {len(updates)} catalogues, {len(found)} problems")
    sys.exit(1 if check and found else 0)


if __name__ == "__main__":
    main()
