"""The filing certificate: what it proves, to whom it is given, and what it does not say."""

import hashlib
import re
from itertools import chain
from pathlib import Path

import pytest
import sqlalchemy as sa

from crypto.checkpoints import cosign
from crypto.errors import ProofError
from crypto.merkle import leaf_hash
from crypto.proofs import filing_entry, parse_proof, verify_certificate
from portal.log_keys import WITNESS_KEY, read_public
from portal.mailbox import filing_log
from portal.mailbox.letters import entry_of, open_letter
from portal.mailbox.models import Envelope, FilingState, MailboxModel
from portal.maintenance import sign_filing_log
from portal.settings import read_secret
from tests.support.portals import Portal
from tests.unit.crypto_age.node import run
from tests.unit.crypto_logs.test_formats import HERE as NODE_CHECK
from tests.web.faults.reports import letterbox_of
from tests.web.pages.informant import Informant, plain
from tests.web.sample import WITNESS

FILE = "/en/certificate/file"
MOMENT = 1795564800  # the beginning of 25 November 2026


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One engine: what the database has a part in is tried in `test_filing_log`."""
    return f"sqlite:///{tmp_path}/mailbox.db"


def certificate(informant: Informant) -> str:
    """Save the certificate."""
    answer = informant.client.get(FILE, base_url=informant.origin)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def keys(portal: Portal) -> dict[str, str]:
    """Give the log's verifier as the checking takes it."""
    return {"log": read_public(portal.here.settings)[0]}


def cosigned(portal: Portal, moment: int = MOMENT) -> None:
    """Cosign the log as it stands, as the office does."""
    here = letterbox_of(portal)
    sign_filing_log(here)
    seed = read_secret(here.settings.instance / WITNESS_KEY, 32)
    with here.database.transaction() as db:
        view = filing_log.look(db)
        note = cosign(view.note or "", WITNESS, seed, moment)
        size = int(note.split("\n")[1])
        filing_log.add_cosignature(db, size, note)


def leaves(portal: Portal) -> list[bytes]:
    with portal.db() as db:
        return list(filing_log.look(db).entries)


def execute(portal: Portal, *statements: sa.Executable) -> None:
    with portal.here.database.transaction() as db:
        for statement in statements:
            db.execute(statement)


def test_the_certificate_proves_a_real_filing_and_says_no_day_before_the_office_has_collected(
    portal: Portal, informant: Informant
) -> None:
    informant.open_report()
    informant.report("The scales are wrong")
    informant.code()
    informant.get("/en/certificate")
    assert "does not show a day yet" in informant.text_of("//main")
    shown = verify_certificate(certificate(informant), **keys(portal))
    assert (shown.index, shown.checkpoint.size, shown.seen) == (0, 1, ())
    witness, text = read_public(portal.here.settings)[1], certificate(informant)
    with pytest.raises(ProofError):
        verify_certificate(text, **keys(portal), witnesses=[witness])


@pytest.mark.node
def test_with_the_office_s_cosignature_it_says_the_first_day_for_ever_and_node_agrees(
    portal: Portal, informant: Informant, stranger: Informant
) -> None:
    """A program written from docs/formats-logs.md alone checks the certificate of a running portal."""
    informant.file("The scales are wrong")
    cosigned(portal)
    stranger.file("Somebody else's")
    cosigned(portal, MOMENT + 86400 * 30)
    informant.get("/en/certificate")
    assert informant.text_of("//main//time") == "25.11.2026"
    log, witness = read_public(portal.here.settings)
    for one, moment in ((informant, MOMENT), (stranger, MOMENT + 86400 * 30)):
        text = certificate(one)
        shown = verify_certificate(text, log=log, witnesses=[witness])
        assert shown.seen == (moment,)
        request = {"log": log, "witnesses": [witness], "certificates": [text, text[:-9]]}
        assert run(NODE_CHECK.with_name("certificate.mjs"), request) == [
            {"index": shown.index, "size": shown.checkpoint.size, "moments": [moment]},
            None,
        ]


def test_a_certificate_is_of_the_report_that_its_owner_can_open(
    portal: Portal, informant: Informant
) -> None:
    """Whoever opens the letter has the salt, and can show that the entry is this report's."""
    informant.file("The scales are wrong")
    (box,) = portal.mailboxes()
    with portal.db() as db:
        (envelope,) = db.scalars(sa.select(Envelope))
    dossier = portal.dossier("head", box.id)
    assert dossier
    letter = open_letter(envelope.sealed, dossier, envelope=envelope.id, dossier=box.dossier_id)
    entry = filing_entry(bytes.fromhex(letter.salt), envelope.sealed)
    assert parse_proof(certificate(informant)).extra == entry == entry_of(letter, envelope.sealed)


def test_neither_page_nor_file_holds_a_word_or_the_code(
    portal: Portal, informant: Informant
) -> None:
    """The canary is in the thread, and not in what is printed or kept."""
    code = plain(informant.file("canary-in-the-words", [("canary-file.txt", b"canary")]))
    cosigned(portal)
    (box,) = portal.mailboxes()
    for language in ("en", "ru", "uz", "uz-Cyrl"):
        informant.get(f"/{language}/certificate")
        said = certificate(informant) + informant.text_of("//body")
        for secret in ("canary", code, code[:10], box.id, box.dossier_id):
            assert secret not in re.sub(r"(?<=\d) (?=\d)", "", said)


def test_the_file_is_an_attachment_under_a_name_that_says_nothing_and_nobody_keeps_it(
    portal: Portal, informant: Informant
) -> None:
    """C8. B7."""
    informant.file()
    assert leaves(portal)
    answer = informant.client.get(FILE, base_url=informant.origin)
    assert answer.headers["Content-Disposition"].startswith(
        'attachment; filename="certificate.tlog-proof"'
    )
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "no-store" in answer.headers["Cache-Control"]


def test_without_a_thread_there_is_no_certificate(portal: Portal, stranger: Informant) -> None:
    """F1."""
    assert portal.app
    for path in ("/en/certificate", FILE):
        answer = stranger.client.get(path, base_url=stranger.origin)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/en/return")


def test_a_deleted_report_has_no_certificate_any_more_and_its_entry_stays(
    portal: Portal, informant: Informant
) -> None:
    """E18. What led from the thread to the entry went with the letter; one saved before is as good as ever."""
    informant.file()
    kept = certificate(informant)
    informant.get("/en/mailbox")
    assert informant.find("//section[@class='proof']")
    (path,) = informant.find("//form[contains(@action, '/deletion')]/@action")
    informant.send(str(path))
    informant.get("/en/mailbox")
    assert not informant.find("//section[@class='proof']")
    assert informant.client.get(FILE, base_url=informant.origin).status_code == 404
    assert len(leaves(portal)) == 1
    assert verify_certificate(kept, **keys(portal)).index == 0


def test_a_certificate_that_would_not_verify_is_not_given_out(
    portal: Portal, informant: Informant
) -> None:
    """F10. Somebody changed the log in the store."""
    informant.file()
    execute(portal, sa.update(FilingState).values(frontier=bytes(7) + b"\1" + b"x" * 32))
    for path in ("/en/certificate", FILE):
        assert informant.client.get(path, base_url=informant.origin).status_code == 503


def test_nothing_in_a_seized_store_leads_from_a_thread_to_its_entry(
    portal: Portal, informant: Informant, stranger: Informant
) -> None:
    """E3. E11. Each column, each pair of columns, hashed as a thief would: none gives an entry."""
    informant.file("One")
    stranger.file("Two")
    with portal.db() as db:
        rows = [
            [_bytes(value) for value in row]
            for table in MailboxModel.metadata.sorted_tables
            if not table.name.startswith("filing_")
            for row in db.execute(sa.select(table))
        ]
    columns = {value for row in rows for value in row}
    tried = {hashlib.sha256(value).digest() for value in columns} | columns
    pairs = chain.from_iterable(((a + b) for a in row for b in row) for row in rows)
    tried |= {hashlib.sha256(pair).digest() for pair in pairs}
    entries = set(leaves(portal))
    assert len(entries) == 2
    assert tried.isdisjoint(entries)
    assert tried.isdisjoint(map(leaf_hash, entries))


def test_a_day_s_cover_is_added_once_and_looks_like_any_entry(
    portal: Portal, informant: Informant
) -> None:
    """E11. How many entries there are does not say how many reports there were."""
    here = letterbox_of(portal)
    informant.file()
    sign_filing_log(here)
    first = leaves(portal)
    sign_filing_log(here)
    assert leaves(portal) == first
    assert 2 <= len(first) <= 1 + filing_log.MOST_COVER
    assert {len(entry) for entry in first} == {32}
    assert verify_certificate(certificate(informant), **keys(portal)).checkpoint.size == len(first)


def test_the_keys_are_published(portal: Portal, stranger: Informant) -> None:
    answer = stranger.client.get("/.well-known/filing-log.txt", base_url=stranger.origin)
    assert answer.get_data(as_text=True).splitlines() == list(read_public(portal.here.settings))


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
