"""`ishonch certificate`: checking filing certificates, and the keys one needs for it. Neither needs the network."""

from datetime import UTC, datetime
from pathlib import Path

import click

from casework.cli_instance import INSTANCE, tells_problems
from crypto.errors import ProofError
from crypto.proofs import Proven, verify_certificate
from portal.log_keys import read_public
from portal.settings import load_office

_MOST = 1024 * 1024


@click.group("certificate")
def certificate_group() -> None:
    """Certificates that a report was filed."""


@certificate_group.command("verify")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--log", help="The log's public key.")
@click.option("--witness", "witnesses", multiple=True, help="The public key of a witness that must have cosigned.")  # fmt: skip
@click.option(
    "--keys",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Instead of both: a file of the log's key and its witnesses', a line each, as the portal publishes it.",
)
@INSTANCE
@tells_problems
def certificate_verify(
    file: Path, log: str | None, witnesses: tuple[str, ...], keys: Path | None, instance: Path
) -> None:
    """Say whether a certificate is genuine, and what it shows. Without any key, by those of an instance.

    Ends with 0 if it is genuine, with 1 if it is not or cannot be checked, with 2 if the command is not written so.
    """
    if log is None:
        if witnesses:
            raise click.UsageError("Give the log's key as well: --log.")
        log, *others = _read(keys).split() if keys else _own_keys(instance)
        witnesses = tuple(others)
    text = _read(file)
    try:
        proven = verify_certificate(text, log=log, witnesses=witnesses)
    except ProofError as error:
        raise click.ClickException(_refusal(text, log)) from error
    click.echo(f"The certificate is genuine: a report is entry {proven.index} of the log.")
    _tell(proven, [witness.partition("+")[0] for witness in witnesses])


@certificate_group.command("keys")
@INSTANCE
@tells_problems
def certificate_keys(instance: Path) -> None:
    """Print the public keys of an instance's filing log and of its witness, a line each."""
    for verifier in _own_keys(instance):
        click.echo(verifier)


def _tell(proven: Proven, names: list[str]) -> None:
    click.echo(f"Log: {proven.checkpoint.origin}, {proven.checkpoint.size} entries")
    for name, moment in zip(names, proven.seen, strict=True):
        day = datetime.fromtimestamp(moment, UTC).date()
        click.echo(f"Filed on or before {day.isoformat()}: on that day {name} saw it in the log.")
    if not names:
        click.echo("It shows no day: no witness was asked for (--witness).")


def _refusal(text: str, log: str) -> str:
    """Say what can be said: where the log's signature holds, a certificate is genuine and does not say a day."""
    try:
        verify_certificate(text, log=log)
    except ProofError:
        return "This is not a genuine certificate of this log. Do not rely on it."
    return (
        "The log signed this, the witness did not: it shows no day. The same report's certificate shows one once the office "
        "has collected. With --log alone this one can be checked."
    )


def _own_keys(instance: Path) -> tuple[str, ...]:
    return read_public(load_office(instance.absolute()))


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_MOST + 1).decode()
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{file} cannot be read.") from error
