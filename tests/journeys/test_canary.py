"""Nothing an informant brought is anywhere in the clear: not while it runs, nor after a crash, a power cut, or the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from crypto.checkpoints import open_cosignature
from portal.blobs import CONSTANT_TIME
from portal.log_keys import read_public
from portal.mailbox.models import MailboxModel
from portal.settings import load_office
from tests.journeys.conftest import ENGINES, serving
from tests.journeys.story import Story, Teller
from tests.journeys.witness import connected, urls
from tests.support.filing import witnessed

pytestmark = pytest.mark.browser

MOMENTS = (
    "while it runs",
    "after a crash",
    "in the middle of an upload",
    "after the power went",
    "after the end",
)


@pytest.fixture(scope="module", params=ENGINES)
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> Iterator[Story]:
    with serving(request, tmp_path_factory.mktemp("canary") / "instance") as instance:
        yield Teller(instance, chromium).tell()


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_an_informant_brought_is_in_any_file_row_or_process(
    story: Story, moment: str
) -> None:
    """A28. D7. E1. E13. E18. E19. F14. Files, names, token, address, browser, and every key that would open them."""
    heard = dict(story.heard[moment])
    # That the demonstration writes its passwords down shows that we would hear them.
    (accounts,) = [path for path in heard if path.endswith("demo-accounts.json")]
    assert {name for name, _ in heard.pop(accounts)} == {"a password"}
    assert heard == {}


def test_a_crash_leaves_no_core(story: Story) -> None:
    """E19."""
    assert len(story.core_limits) == 1
    assert story.core_limits.pop().split()[4:6] == ["0", "0"]
    assert [path for path in story.after_the_abort if "core" in Path(path).name] == []


def test_after_the_power_went_everything_acknowledged_is_still_there(story: Story) -> None:
    """D8."""
    kinds = ["report", "question", "answer", "paper"]
    assert [said.partition(":")[0] for said in story.thread_after_the_kill] == kinds
    assert [len(content) for content in story.files_after_the_kill] == [
        700_000,
        5_000,
        600_000,
        650_000,
    ]


def test_a_deleted_letter_leaves_no_byte_of_its_sealed_form(story: Story) -> None:
    """E18. F18. Before, its pieces were heard in the database and the blob store."""
    before, after = story.deleted
    assert len(before) >= 2
    assert after == {}


def test_a_burned_token_leaves_no_trace_of_where_it_led(story: Story) -> None:
    """E18. F24."""
    before, after = story.burned
    assert before
    assert after == {}
    assert not story.opens_after_burning


FEW_LINES = 5  # of a checkpoint that nobody has cosigned
SECONDS_OF_A_DAY = 86_400


def test_no_column_of_the_mailbox_holds_an_hour(story: Story) -> None:
    """E2. Days, and nothing finer; texts and numbers hold no moment either, and cosignatures the beginning of a day."""
    mailbox, _ = urls(story.instance)
    witnessed(story.instance.folder)
    with connected(mailbox) as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        kept = {column.type.python_type for t in tables.sorted_tables for column in t.columns}
        known = MailboxModel.metadata.tables
        assert known.keys() <= tables.tables.keys()
        texts = [
            str(value)
            for table in known.values()
            for row in connection.execute(sa.select(table))
            for value in row
            if not isinstance(value, bytes)
        ]
    notes = [text for text in texts if "\n\n" in text]
    texts = [text for text in texts if text not in notes]
    witness = read_public(load_office(story.instance.folder))[1]
    cosigned = [open_cosignature(note, witness) for note in notes if note.count("\n") > FEW_LINES]
    assert cosigned
    assert {moment % SECONDS_OF_A_DAY for moment in cosigned} == {0}
    assert {kind.__name__ for kind in kept} <= {"str", "bytes", "int", "bool", "date"}
    assert texts
    assert [text for text in texts if ":" in text] == []


def test_no_sealed_file_tells_when_it_came(story: Story) -> None:
    """E4. Neither side's, nor their folders. What a crash left half-written waits in staging for the sweep."""
    for store in ("blobs", "office-blobs"):
        root = story.instance.folder / store
        kept = [path for path in root.rglob("*") if "staging" not in path.parts]
        assert [path for path in kept if path.is_file()]
        assert {path.stat().st_mtime for path in kept} == {CONSTANT_TIME}


def test_ids_are_random_and_nothing_is_numbered_across_reports(story: Story) -> None:
    """E3. E11. But the filing log, which counts cover as well and refers to nothing."""
    mailbox, _ = urls(story.instance)
    for table in MailboxModel.metadata.sorted_tables:
        if table.name.startswith("filing_"):
            assert not table.foreign_keys
            continue
        (key,) = table.primary_key.columns
        assert key.type.python_type in {str, bytes}
        assert key.autoincrement in {"auto", False}
    with connected(mailbox) as connection:
        ids = list(connection.scalars(sa.text("SELECT id FROM grants")))
    # Sixteen of 128 bits: no two begin alike, as those of a clock or a counter would.
    assert len({i[:6] for i in ids}) == len({i[-6:] for i in ids}) == len(ids) == 16
    assert all(len(i) == 32 and set(i) <= set("0123456789abcdef") for i in ids)
