"""`ishonch ledger`: proving the record of what was done, and carrying it out to a witness."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from casework.cli_instance import INSTANCE, tells_problems
from casework.ledger.service import LedgerBroken, make_checkpoint, verify_ledger
from casework.ledger.verification import LedgerVerdict, first_entries
from casework.ledger_files import checkpoint_in, read_key, read_verifier, write_export
from crypto.checkpoints import open_checkpoint
from portal.clock import local_date, now
from portal.database import Database
from portal.organisation import load_organisation
from portal.settings import OfficeSettings, load_office


@click.group("ledger")
def ledger_group() -> None:
    """The record of what was done."""


@ledger_group.command("verify")
@INSTANCE
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A checkpoint or an export kept elsewhere: only that shows a database that was rolled back.",
)
@tells_problems
def ledger_verify(instance: Path, checkpoint: Path | None) -> None:
    """Prove that nothing was cut, edited, reordered or, with a checkpoint kept elsewhere, rolled back."""
    settings = load_office(instance.absolute())
    earlier = _read(checkpoint) if checkpoint else None
    verifier = read_verifier(settings.instance)
    with _database(settings) as database:
        verdict = _verified(database, verifier, earlier)
    click.echo(f"The ledger verifies: {verdict.size} entries, {verdict.checkpoints} checkpoints.")
    click.echo(f"Root: {verdict.root.hex()}")
    click.echo(f"Public key: {verifier}")


@ledger_group.command("export")
@INSTANCE
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="A file that is not there yet.",
)
@tells_problems
def ledger_export(instance: Path, to: Path) -> None:
    """Verify the ledger, sign it, and write it into a file for a witness: all that stands in clear, no sealed detail."""
    settings = load_office(instance.absolute())
    if to.exists():
        raise click.ClickException(f"There is a file {to} already.")
    with _database(settings) as database:
        verifier = read_verifier(settings.instance)
        _verified(database, verifier, None)
        note = _signed(database, settings)
        size = open_checkpoint(note, verifier).size
        _written(database, to, note, size)
    click.echo(f"{size} entries are in {to}. Keep it where the office cannot change it.")


@contextmanager
def _database(settings: OfficeSettings) -> Iterator[Database]:
    database = Database(settings.casework_url)
    try:
        yield database
    except LedgerBroken as error:
        raise click.ClickException(f"The ledger does not verify: {error}.") from error
    finally:
        database.engine.dispose()


def _verified(database: Database, verifier: str, earlier: str | None) -> LedgerVerdict:
    with database.reading() as db:
        return verify_ledger(db, verifier=verifier, earlier=earlier)


def _signed(database: Database, settings: OfficeSettings) -> str:
    key = read_key(settings.instance)
    today = local_date(now(), load_organisation(settings.profile).timezone)
    with database.transaction() as db:
        return make_checkpoint(db, origin=key.name, seed=key.seed, today=today)


def _written(database: Database, to: Path, note: str, size: int) -> None:
    try:
        with database.reading() as db, first_entries(db, size) as rows:
            write_export(to, note, (row.body for row in rows))
    except OSError as error:
        raise click.ClickException(f"{to} cannot be written: {error.strerror}.") from error


def _read(checkpoint: Path) -> str:
    try:
        return checkpoint_in(checkpoint.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{checkpoint} cannot be read.") from error
