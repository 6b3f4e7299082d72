"""`ishonch seed`: cases to try out and to measure with, in an instance that holds nothing real."""

from pathlib import Path

import click

from casework.cli_instance import INSTANCE, tells_problems
from casework.clocks.profile import load_timekeeping
from casework.seeding import NobodyToWork, NotEmpty, seed_cases
from portal.clock import now
from portal.database import Database
from portal.organisation import load_organisation
from portal.settings import load_office


@click.command("seed")
@INSTANCE
@click.option("--cases", type=click.IntRange(1, 1_000_000), default=1000, show_default=True)
@tells_problems
def seed_command(instance: Path, cases: int) -> None:
    """Fill an empty instance with made-up cases. Never where people report: their letters would be lost among them."""
    settings = load_office(instance.absolute())
    casework, mailbox = Database(settings.casework_url), Database(settings.mailbox_url)
    made = seed_cases(
        casework,
        mailbox,
        cases,
        organisation=load_organisation(settings.profile),
        timekeeping=load_timekeeping(settings.profile),
        now=now(),
    )
    try:
        with click.progressbar(length=cases) as bar:
            before = 0
            for there in made:
                bar.update(there - before)
                before = there
    except NotEmpty as error:
        raise click.ClickException("There are reports or cases here already.") from error
    except NobodyToWork as error:
        raise click.ClickException("A head and an investigator have to enrol first.") from error
    finally:
        for database in (casework, mailbox):
            database.engine.dispose()
    click.echo(f"{cases} made-up cases.")
