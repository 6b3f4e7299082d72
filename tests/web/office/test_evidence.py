"""The page of a case's evidence: each act through its form; files are never in clear on a disk, and never inline."""

import io
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.offices import Office
from tests.unit.cases.desk import Desk
from tests.unit.evidence.makers import PLANTED, document
from tests.unit.evidence.register import PHOTOGRAPH, TOLD, WHY, Register, digest
from tests.web.office.colleague import Colleague
from tests.web.pages.hostile import TEXTS
from tests.web.pages.test_hostile_text import kept_text

FILLED = {f"register-{name}": value for name, value in TOLD.items()}


class Scene(Register):
    """The register of a case, with a member at a browser who has it open."""

    def __init__(self, office: Office, username: str = "head") -> None:
        super().__init__(Desk(office))
        self.page = f"/en/cases/{self.case}/evidence"
        self.browser = Colleague(office, username)
        assert self.browser.get(self.page).status_code == 200

    def add(self, *files: tuple[str, bytes], **fields: str) -> int:
        """Fill in and send the form of a new item; give the status."""
        self.browser.get(self.page)
        return self.browser.send(self.page, FILLED | fields, files).status_code

    def press(self, path: str, **fields: Any) -> int:
        """Send a form of the page as it stands now; give the status."""
        self.browser.get(self.page)
        response = self.browser.send(f"{self.page}/{path}", fields)
        if response.status_code == 303:
            assert response.location == self.page
        return response.status_code

    def archive(self, *item_ids: str) -> zipfile.ZipFile:
        """Take items out."""
        self.browser.get(self.page)
        fields = {"export-items": list(item_ids), "export-words": WHY}
        response = self.browser.send(f"{self.page}/export", fields)
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/octet-stream"
        return zipfile.ZipFile(io.BytesIO(response.data))


@pytest.fixture
def scene(sqlite_office: Office) -> Scene:
    """A case with a photograph, open at the head's browser."""
    return Scene(sqlite_office)


def test_a_file_the_informant_sent_is_registered_with_one_click_and_opened_as_it_came(
    scene: Scene,
) -> None:
    """C8. C10. F16. That it was opened stands in its custody before it is sent."""
    assert PHOTOGRAPH[0] in scene.browser.text_of("//main")
    assert scene.press(f"{scene.report}/{scene.photograph}") == 303
    item = scene.items()[0].id
    response = scene.browser.get(f"{scene.page}/{item}/file")
    assert response.data == PHOTOGRAPH[1]
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert scene.custody(item) == ["receive", "view"]
    scene.browser.get(scene.page)
    shown = scene.browser.text_of("//*[@id='item-1']")
    assert digest(PHOTOGRAPH[1]) in shown
    assert "Opened Head of Service" in shown


def test_a_file_that_is_added_is_sealed_as_it_comes_and_a_thing_needs_none(scene: Scene) -> None:
    """D7."""
    content = b"delivery note 4711 " * 9000
    assert scene.add(("note.txt", content), ("empty.txt", b"")) == 303
    assert scene.add() == 303
    assert [one.kind for one in scene.items()] == ["uploaded", "uploaded", "physical"]
    assert scene.content(scene.items()[0].id) == content
    files = [p for p in scene.office.here.settings.instance.rglob("*") if p.is_file()]
    assert [path for path in files if b"delivery note 4711" in path.read_bytes()] == []


def test_a_file_that_could_not_be_put_in_its_place_yet_is_not_lost(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D8. Its row is there; the sweep does the rest."""
    with monkeypatch.context() as patch:
        patch.setattr(scene.office.here.blobs, "publish", lambda _ids: None)
        assert scene.add(("note.txt", b"text")) == 303
    assert scene.content(scene.items()[0].id) == b"text"


def test_what_is_refused_keeps_what_was_typed_and_the_files(scene: Scene) -> None:
    assert scene.add(("note.txt", b"text"), **{"register-source": ""}) == 422
    assert scene.browser.problem() == "Please check this: Say where it came from."
    assert scene.browser.value_of("register-description") == TOLD["description"]
    assert scene.browser.kept() == ["note.txt"]
    assert scene.browser.send(scene.page, FILLED).status_code == 303
    (item,) = scene.items()
    assert scene.content(item.id) == b"text"


def test_a_page_that_is_too_old_takes_nothing_and_loses_nothing(scene: Scene) -> None:
    """F6."""
    scene.browser.get(scene.page)
    scene.added()
    response = scene.browser.send(scene.page, FILLED, [("note.txt", b"text")])
    assert response.status_code == 409
    assert "changed meanwhile" in scene.browser.problem()
    assert scene.browser.kept() == ["note.txt"]
    assert scene.browser.value_of("register-source") == TOLD["source"]
    assert scene.browser.send(scene.page, FILLED).status_code == 303
    assert len(scene.items()) == 2


def test_a_cleaned_copy_is_made_on_demand_beside_its_original(scene: Scene) -> None:
    """C25. D7."""
    scene.attached()
    original = scene.items()[0].id
    assert scene.press(f"{original}/copy") == 303
    copy = scene.items()[1]
    content = scene.content(copy.id)
    assert PLANTED not in content
    with Image.open(io.BytesIO(content)) as seen:
        assert seen.size == (48, 96)
    assert scene.content(original) == PHOTOGRAPH[1]
    assert copy.content is not None
    # Nor does its name tell what the original's did.
    assert copy.content["name"] == "copy-of-1.jpg"
    assert copy.content["sha256"] == digest(content)
    scene.browser.get(scene.page)
    assert "Made from item 1" in scene.browser.text_of("//main")


def test_what_cannot_be_cleaned_is_said_plainly_and_nothing_happened(scene: Scene) -> None:
    scene.added(scene.sealed(document(password="secret"), "locked.pdf"))
    item = scene.items()[0].id
    before = _files(scene)
    assert scene.press(f"{item}/copy") == 422
    assert "it has a password" in scene.browser.problem()
    assert scene.custody(item) == ["receive"]
    assert _files(scene) == before


def test_an_archive_holds_the_files_their_digests_and_an_inventory(
    scene: Scene, tmp_path: Path
) -> None:
    """E5. F16."""
    scene.attached()
    scene.added(scene.sealed(b"one", "a/..\\b.txt"), scene.sealed(b"two", "b.txt"))
    scene.added()
    ids = [item.id for item in scene.items()]
    packed = scene.archive(*ids)
    assert packed.testzip() is None
    assert packed.namelist() == [
        "Inventory.txt", "SHA256SUMS", f"001 {PHOTOGRAPH[0]}", "002 b.txt", "003 b.txt",
    ]  # fmt: skip
    assert {one.date_time for one in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert packed.read("003 b.txt") == b"two"
    packed.extractall(tmp_path)
    subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=tmp_path, check=True)
    inventory = packed.read("Inventory.txt").decode()
    assert digest(PHOTOGRAPH[1]) in inventory
    assert "The informant" in inventory
    # Whoever gets it is not told of the reports behind the case, nor why others got it.
    assert scene.report[:8] not in inventory
    assert WHY not in inventory
    told = ("Item 4", TOLD["source"], TOLD["description"], "Registered, First Investigator",
            "Taken out of the office, Head of Service")  # fmt: skip
    assert [line for line in told if line not in inventory] == []
    assert [scene.custody(one) for one in ids] == [["receive", "export"]] * 4


def test_an_archive_of_nothing_for_nobody_is_not_made(scene: Scene) -> None:
    item = scene.added()[0]
    assert scene.press("export") == 422
    problem = scene.browser.problem()
    assert "Choose at least one item." in problem
    assert "Say for whom, and why." in problem
    assert scene.press("export", **{"export-items": ["f" * 32], "export-words": WHY}) == 422
    assert scene.custody(item) == ["receive"]


def test_a_damaged_file_is_named_before_anything_leaves(scene: Scene) -> None:
    """F10."""
    file = scene.sealed(b"text" * 99, "note.txt")
    item = scene.added(file)[0]
    (path,) = scene.office.here.blobs.root.rglob(file.blob.id)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    fields = {"export-items": [item], "export-words": WHY}
    assert scene.press("export", **fields) == 409
    assert scene.browser.problem() == "This file is damaged: 1. note.txt. Leave it out."
    assert scene.custody(item) == ["receive"]
    assert scene.press(f"{item}/copy") != 303


def test_an_item_is_cited_released_returned_and_destroyed_by_its_forms(scene: Scene) -> None:
    allegation = scene.stated()
    thing = scene.added()[0]
    assert scene.press(f"{thing}/citations", **{"cite1-allegation": allegation}) == 303
    case = scene.browser.get(f"/en/cases/{scene.case}")
    assert f"{scene.page}#item-1" in case.text
    assert scene.press(f"{thing}/citations/{allegation}/removal") == 303
    assert scene.press(f"{thing}/return", **{"return1-words": WHY}) == 303
    file = scene.sealed()
    item = scene.added(file)[0]
    assert scene.press(f"{item}/destruction", **{"destroy2-words": ""}) == 422
    assert scene.browser.problem() == "Please check this: Say why."
    assert scene.press(f"{item}/destruction", **{"destroy2-words": WHY}) == 303
    assert not scene.office.here.blobs.exists(file.blob.id)
    assert [one.state for one in scene.items()] == ["returned", "destroyed"]
    assert scene.browser.get(f"{scene.page}/{item}/file").status_code == 404


def test_who_works_the_case_is_not_offered_to_destroy_and_is_told_why(
    sqlite_office: Office,
) -> None:
    scene = Scene(sqlite_office, "investigator")
    scene.added(scene.sealed())
    item = scene.items()[0].id
    scene.browser.get(scene.page)
    assert scene.browser.find("//form[contains(@action, '/destruction')]") == []
    assert "A colleague has to" in scene.browser.text_of("//main")
    (other,) = scene.browser.find("//form[contains(@action, '/export')]")
    fields = scene.browser.fields_of(other.get("action")) | {"destroy1-words": WHY}
    response = scene.browser.post_to(f"{scene.page}/{item}/destruction", fields)
    assert response.status_code == 409
    assert "A colleague has to" in scene.browser.problem()
    assert scene.custody(item) == ["receive"]


def test_whoever_does_not_read_the_case_finds_no_evidence(scene: Scene) -> None:
    """F1. F2."""
    item = scene.added(scene.sealed())[0]
    stranger = Colleague(scene.office, "oversight")
    for path in (scene.page, f"{scene.page}/{item}/file"):
        assert stranger.get(path).status_code == 404
    assert scene.custody(item) == ["receive"]


def test_hostile_words_are_words(scene: Scene) -> None:
    """C1. C2. C10. C13."""
    for text in TEXTS:
        told = {"source": text, "description": text}
        scene.added(scene.sealed(b"text", text), told=told)
    scene.browser.get(scene.page)
    said = [str(one.text_content()) for one in scene.browser.find("//*[@class='said']")]
    assert [kept_text(one) for one in said] == [kept_text(text) for text in TEXTS]
    assert scene.browser.find("//script | //img | //svg | //@onerror | //@onfocus") == []
    packed = scene.archive(*(item.id for item in scene.items()))
    assert len(packed.namelist()) == len(TEXTS) + 2
    assert [one for one in packed.namelist() if set(one) & set('/\\:"')] == []


def _files(scene: Scene) -> set[str]:
    return {path.name for path in scene.office.here.blobs.root.rglob("*") if path.is_file()}
