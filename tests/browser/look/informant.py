"""The informant's pages, each in the states a person can meet."""

from collections.abc import Callable, Mapping

from portal.forms.fields import LONG_TEXT
from tests.browser.look.samples import HOSTILE, LONG_WORD, PLAIN_FILES, SAID, worded
from tests.browser.look.stage import Stage, away, without_table
from tests.browser.look.visitor import Shot, Visitor
from tests.support.filing import witnessed

WRONG_DIGITS = "00000 00000 00000 00000 00000"
MISTYPED_DIGITS = "40317 88250 61934 07752 19486"

Scene = Callable[[Stage, str], Shot]


def _plain(path: str) -> Scene:
    return lambda stage, language: stage.informant().open(f"/{language}{path}")


def _mailbox(who: Callable[[Stage], Visitor], path: str = "/mailbox") -> Scene:
    return lambda stage, language: who(stage).open(f"/{language}{path}")


def _reporting(stage: Stage, language: str) -> Visitor:
    visitor = stage.informant()
    visitor.open(f"/{language}/report")
    return visitor


def _report_refused(stage: Stage, language: str) -> Shot:
    """Nothing was said; what was typed elsewhere and the files are kept."""
    place = worded(SAID, language)[:60]
    return _reporting(stage, language).send(
        files=[*PLAIN_FILES, ("b.jpg", b"1" * 2000)], text="", place=place, people=LONG_WORD
    )


def _report_expired(stage: Stage, language: str) -> Shot:
    return _reporting(stage, language).send(csrf_token="old", text=worded(SAID, language))


def _report_not_stored(stage: Stage, language: str) -> Shot:
    visitor = _reporting(stage, language)
    with away(stage.instance.folder / "roster.note"):
        return visitor.send(text=worded(SAID, language), concerned=["triage-officer"])


def _report_too_many_files(stage: Stage, language: str) -> Shot:
    many = [(f"{number}.jpg", b"1" * 900) for number in range(22)]
    return _reporting(stage, language).send(files=many, text=worded(SAID, language))


def _receipt_refused(stage: Stage, language: str) -> Shot:
    stage.receipt.open(f"/{language}/receipt")
    return stage.receipt.send("/receipt", token=WRONG_DIGITS)


def _return_refused(token: str) -> Scene:
    def scene(stage: Stage, language: str) -> Shot:
        visitor = stage.informant()
        visitor.open(f"/{language}/return")
        return visitor.send(token=token)

    return scene


def _shut_out(stage: Stage, language: str) -> Shot:
    """A message was being written while the mailbox was closed in another window."""
    visitor = stage.opened(stage.report(SAID["en"]))
    writing = visitor.open(f"/{language}/mailbox")
    visitor.send("/sign-out")
    visitor.shot = writing
    return visitor.send("/messages", text=worded(SAID, language))


def _certificate_early(stage: Stage, language: str) -> Shot:
    """The office has not collected yet."""
    return stage.report(SAID["en"]).open(f"/{language}/certificate")


def _certificate(stage: Stage, language: str) -> Shot:
    witnessed(stage.instance.folder)
    return stage.fresh.open(f"/{language}/certificate")


def _message_refused(stage: Stage, language: str) -> Shot:
    stage.fresh.open(f"/{language}/mailbox")
    return stage.fresh.send("/messages", text="")


def _message_kept(stage: Stage, language: str) -> Shot:
    many = [*PLAIN_FILES, *((f"{number}.jpg", b"1" * 900) for number in range(21))]
    stage.fresh.open(f"/{language}/mailbox")
    return stage.fresh.send("/messages", many, text=HOSTILE)


def _expired(stage: Stage, language: str) -> Shot:
    stage.fresh.open(f"/{language}/mailbox")
    return stage.fresh.send("/deletion", csrf_token="old")


def _foreign(stage: Stage, language: str) -> Shot:
    return _reporting(stage, language).send(headers={"Origin": "https://example.com"})


def _too_large(stage: Stage, language: str) -> Shot:
    visitor = stage.informant()
    visitor.open(f"/{language}/return")
    return visitor.send(token=WRONG_DIGITS, text="x" * (LONG_TEXT * 20))


def _too_often(stage: Stage, language: str) -> Shot:
    visitor = stage.informant()
    visitor.open(f"/{language}/return")
    for _ in range(6):
        visitor.send(token=WRONG_DIGITS)
    return visitor.shot


def _blob_gone(stage: Stage, language: str) -> Shot:
    address = str(stage.fresh.open("/ru/mailbox").document.xpath("//*[@class='files']//@href")[0])
    with away(stage.instance.folder / "blobs"):
        return stage.fresh.open(address.replace("/ru/", f"/{language}/", 1))


def _unreachable(stage: Stage, language: str) -> Shot:
    visitor = stage.fresh
    with without_table(stage.instance.folder / "mailbox.db", "envelopes"):
        return visitor.open(f"/{language}/mailbox")


PAGES: Mapping[str, Scene] = {
    "home": _plain("/"),
    "report": _plain("/report"),
    "report-refused": _report_refused,
    "report-expired": _report_expired,
    "report-not-stored": _report_not_stored,
    "report-too-many-files": _report_too_many_files,
    "receipt": _mailbox(lambda stage: stage.receipt, "/receipt"),
    "receipt-refused": _receipt_refused,
    "return": _plain("/return"),
    "return-mistyped": _return_refused(MISTYPED_DIGITS),
    "return-unknown": _return_refused(WRONG_DIGITS),
    "return-shut-out": _shut_out,
    "mailbox-fresh": _mailbox(lambda stage: stage.fresh),
    "mailbox-asked": _mailbox(lambda stage: stage.asked),
    "mailbox-closed": _mailbox(lambda stage: stage.closed),
    "mailbox-damaged": _mailbox(lambda stage: stage.damaged),
    "mailbox-emptied": _mailbox(lambda stage: stage.emptied),
    "certificate-early": _certificate_early,
    "certificate": _certificate,
    "message-refused": _message_refused,
    "message-kept": _message_kept,
    "burn": _mailbox(lambda stage: stage.asked, "/mailbox/burning"),
    "help": _plain("/help"),
    "rights": _plain("/rights"),
    "error-400": _expired,
    "error-403": _foreign,
    "error-404": _plain("/nowhere"),
    "error-410": _blob_gone,
    "error-413": _too_large,
    "error-429": _too_often,
    "error-503": _unreachable,
}
