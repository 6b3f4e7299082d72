"""`ishonch ledger`: proved by whoever runs the command, and carried out to a witness."""

import json
import os
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from casework.cli import main
from casework.ledger.models import LedgerCheckpoint
from casework.ledger_files import KEY, VERIFIER, checkpoint_in, write_export
from crypto.checkpoints import open_checkpoint
from crypto.merkle import leaf_hash, tree_root
from tests.deploy.command import run
from tests.deploy.ledgers import acts
from tests.unit.ledger.ledgers import changed

ACTS = 5


def ledger(folder: Path, *words: str | Path) -> Result:
    """Run one of the commands."""
    arguments = ["ledger", *map(str, words), "--instance", str(folder)]
    return CliRunner().invoke(main, arguments)


def do(folder: Path, count: int = ACTS) -> None:
    """Let some things be done."""
    with acts(folder) as made:
        for number in range(count):
            made.act(number)


def size(folder: Path) -> int:
    """Count what is recorded: an instance begins with its accounts."""
    with acts(folder) as made:
        return len(made.entries())


def kept_of(folder: Path, name: str = "kept.txt") -> Path:
    """Export the ledger, and keep it."""
    kept = folder / name
    done = ledger(folder, "export", "--to", kept)
    assert done.exit_code == 0, done.output
    return kept


def test_a_ledger_is_proved_and_says_by_which_key(folder: Path) -> None:
    before = size(folder)
    do(folder)
    done = run("ledger", "verify", "--instance", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert f" {before + ACTS} entries" in done.stdout
    assert (folder / VERIFIER).read_text().strip() in done.stdout


def test_a_witness_can_check_an_export_without_us_as_the_page_says(folder: Path) -> None:
    """F16."""
    before = size(folder)
    do(folder)
    text = kept_of(folder).read_text("utf-8")
    note = checkpoint_in(text)
    checkpoint = open_checkpoint(note, (folder / VERIFIER).read_text().strip())
    lines = text.removeprefix(f"{note}\n").splitlines()
    assert [json.loads(line)["n"] for line in lines] == list(range(before + ACTS))
    assert checkpoint.size == before + ACTS
    assert checkpoint.root == tree_root([leaf_hash(line.encode()) for line in lines])


def test_an_export_is_for_its_owner_alone_and_holds_no_sealed_detail(folder: Path) -> None:
    """F14."""
    with acts(folder) as made:
        made.auditors()
        made.act(detail="the reason")
    kept = kept_of(folder)
    os.umask(0)
    write_export(folder / "open", "note\n", [])
    for written in (kept, folder / "open"):
        assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert b"age-encryption" not in kept.read_bytes()
    assert b"the reason" not in kept.read_bytes()


def test_an_export_overwrites_nothing(folder: Path) -> None:
    (folder / "there").write_text("kept")
    done = ledger(folder, "export", "--to", folder / "there")
    assert done.exit_code == 1
    assert "already" in done.output
    assert (folder / "there").read_text() == "kept"
    with pytest.raises(FileExistsError):
        write_export(folder / "there", "", [])


def test_an_export_that_cannot_be_finished_leaves_no_file(folder: Path) -> None:
    def bodies() -> object:
        yield b"{}"
        raise OSError("the disk is full")

    before = sorted(folder.iterdir())
    with pytest.raises(OSError, match="full"):
        write_export(folder / "kept", "note\n", bodies())  # type: ignore[arg-type]
    assert sorted(folder.iterdir()) == before
    done = ledger(folder, "export", "--to", folder / "nowhere" / "kept")
    assert done.exit_code == 1
    assert "cannot be written" in done.output


def test_a_ledger_leads_on_from_what_was_exported(folder: Path) -> None:
    do(folder)
    first = kept_of(folder)
    do(folder)
    second = kept_of(folder, "second.txt")
    do(folder, 1)
    for kept in (first, second):
        done = ledger(folder, "verify", "--checkpoint", kept)
        assert done.exit_code == 0, done.output
    (folder / "alone").write_text(checkpoint_in(first.read_text()))
    assert ledger(folder, "verify", "--checkpoint", folder / "alone").exit_code == 0


def test_a_database_put_back_to_an_earlier_day_shows_by_the_export(folder: Path) -> None:
    """F16."""
    do(folder)
    then = size(folder)
    backup = (folder / "casework.db").read_bytes()
    do(folder)
    kept = kept_of(folder)
    for left in folder.glob("casework.db-*"):
        left.unlink()
    (folder / "casework.db").write_bytes(backup)
    assert ledger(folder, "verify").exit_code == 0
    done = ledger(folder, "verify", "--checkpoint", kept)
    assert done.exit_code == 1
    assert f"it ends at {then} entries, and more were signed" in done.output


def test_what_is_wrong_is_said_and_nothing_is_exported(folder: Path) -> None:
    """F16."""
    do(folder)
    with acts(folder) as made:
        made.replace(3, body=changed(made.entries()[3].body, actor="b" * 32))
    for words in (("verify",), ("export", "--to", folder / "kept")):
        done = ledger(folder, *words)
        assert done.exit_code == 1
        assert "The ledger does not verify: entry 3 was edited." in done.output
    assert not (folder / "kept").exists()
    with acts(folder) as made, made.database.reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(LedgerCheckpoint)) == 0


@pytest.mark.parametrize("text", [b"", b"nothing", b"\xff", b"a\n1\nb\n\n\xe2\x80\x94 a b\n"])
def test_what_is_no_checkpoint_of_this_ledger_is_said(folder: Path, text: bytes) -> None:
    (folder / "kept").write_bytes(text)
    done = ledger(folder, "verify", "--checkpoint", folder / "kept")
    assert done.exit_code == 1
    assert "cannot be read" in done.output or "not signed with its key" in done.output


@pytest.mark.parametrize("lost", [(KEY, VERIFIER), (VERIFIER,)])
def test_an_older_instance_gets_a_ledger_key_when_it_is_migrated(
    folder: Path, lost: tuple[Path, ...]
) -> None:
    """F14."""
    before = (folder / KEY).read_text()
    for path in lost:
        (folder / path).unlink()
    assert ledger(folder, "verify").exit_code == 1
    assert run("migrate", "--instance", folder).returncode == 0
    assert ((folder / KEY).read_text() == before) == (KEY not in lost)
    assert stat.S_IMODE((folder / KEY).stat().st_mode) == 0o600
    do(folder)
    kept_of(folder)


def test_a_lost_ledger_key_is_not_replaced_unseen(folder: Path) -> None:
    """F16. Or whoever took it away could sign another history with the new one."""
    (folder / KEY).unlink()
    assert run("migrate", "--instance", folder).returncode == 0
    assert not (folder / KEY).exists()
    done = ledger(folder, "export", "--to", folder / "kept")
    assert done.exit_code == 1
    assert "Bring it back" in done.output
    assert ledger(folder, "verify").exit_code == 0


def test_what_was_done_before_stays_when_the_database_is_migrated_again(folder: Path) -> None:
    do(folder)
    before = size(folder)
    assert run("migrate", "--instance", folder).returncode == 0
    assert size(folder) == before > ACTS
