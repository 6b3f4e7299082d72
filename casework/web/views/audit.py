"""The auditor's page: who opened this case, when, and why. What auditors do stands in the ledger as well."""

from collections.abc import Iterator, Mapping

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from casework.ledger.search import Wanted, ledger_standing
from casework.ledger.service import LedgerBroken, make_checkpoint, record, verify_ledger
from casework.ledger.states import Act
from casework.ledger.verification import first_entries
from casework.ledger_files import export_parts, read_key, read_verifier
from casework.staff import auditors
from casework.staff import service as staff
from casework.staff.errors import NoAuditKey
from casework.staff.states import Action
from casework.web.access import actor, requires
from casework.web.audit_words import acts_in_order, broken_words
from casework.web.auditing import audit_view
from casework.web.forms.audit import AuditForm
from casework.web.services import office
from casework.web.step_up import steps_up
from casework.web.words import staff_error_words
from crypto.checkpoints import open_checkpoint
from portal.database import Database
from portal.filenames import download_headers
from portal.logs import log_event
from portal.settings import SettingsError

bp = Blueprint("audit", __name__)

# About five seconds; a longer ledger is verified with `ishonch ledger verify`, where nobody waits for a page.
VERIFIED_AT_MOST = 100_000
# What an act on the ledger as a whole is about.
LEDGER = "ledger"
_ASKED = ("reference", "who", "act", "since", "until")


@bp.get("/<language:language>/audit")
@requires(Action.READ_LEDGER)
def show() -> ResponseReturnValue:
    """Show what was recorded, the newest first: all, or what was looked for."""
    form = _form()
    if not form.validate():
        return _page(form), 422
    _note_reading(form)
    return _page(form, wanted=form.wanted(office().organisation.timezone))


@bp.post("/<language:language>/audit/verification")
@requires(Action.READ_LEDGER)
def verify() -> ResponseReturnValue:
    """Read the whole ledger, and say whether it is what was recorded."""
    _note(Act.LEDGER_READ, {"as": "verification"})
    return _page(_form(), verdict=_verdict())


@bp.post("/<language:language>/audit/export")
@requires(Action.EXPORT_LEDGER)
@steps_up
def export() -> ResponseReturnValue:
    """Sign the ledger, and give it for a witness outside: all that stands in clear, and no reason."""
    here = office()
    try:
        key = read_key(here.settings.instance)
        _note(Act.LEDGER_EXPORTED, {})
        with here.database.transaction() as db:
            note = make_checkpoint(db, origin=key.name, seed=key.seed, today=here.today())
    except SettingsError as error:
        log_event("storage", error=error)
        return _page(_form(), problem=_keyless()), 503
    except LedgerBroken as error:
        return _page(_form(), verdict=_broken(error)), 409
    size = open_checkpoint(note, read_verifier(here.settings.instance)).size
    headers = download_headers(f"ledger-{here.today().isoformat()}.txt")
    return Response(_parts(here.database, note, size), headers=headers)


@bp.post("/<language:language>/audit/auditors/<id:member_id>/key")
@requires(Action.SHARE_AUDIT_KEY)
@steps_up
def share(member_id: str) -> ResponseReturnValue:
    """Let a colleague read the reasons: those written before as well."""
    db = office().database.session_of_request()
    me = actor()
    try:
        now = office().clock()
        auditors.give_keys(db, to=member_id, by=me.id, identity=me.identity, now=now)
    except NoAuditKey as error:
        db.rollback()
        return _page(_form(), problem=staff_error_words(error)), 409
    db.commit()
    return redirect(url_for("audit.show"), code=303)


def _form() -> AuditForm:
    db = office().database.session_of_request()
    people = [(one.id, f"{one.name} ({one.username})") for one in staff.all_members(db)]
    return AuditForm.of(people, acts_in_order())


def _page(
    form: AuditForm,
    *,
    wanted: Wanted | None = None,
    problem: str = "",
    verdict: tuple[bool, str] | None = None,
) -> str:
    before = request.args.get("before", type=int)
    with office().database.reading() as db:
        view = audit_view(db, actor(), wanted, before)
    asked = {name: request.args[name] for name in _ASKED if request.args.get(name)}
    return render_template(
        "casework/audit.html",
        form=form,
        problem=problem,
        verdict=verdict,
        view=view,
        asked=asked,
        before=before,
    )


def _note_reading(form: AuditForm) -> None:
    """Write into the ledger what was looked for, before anything is shown."""
    asked = {name: request.args.get(name, "") for name in ("who", "act")}
    asked |= {"reference": form.reference.data or ""}
    asked |= {name: form[name].data.isoformat() for name in ("since", "until") if form[name].data}
    _note(Act.LEDGER_READ, {name: value for name, value in asked.items() if value})


def _note(act: Act, change: Mapping[str, str]) -> None:
    here, said = office(), {name: "".join(value.split()) for name, value in change.items()}
    with here.database.transaction() as db:
        record(db, act=act, actor_id=actor().id, subject=LEDGER, now=here.clock(), change=said)


def _verdict() -> tuple[bool, str]:
    here = office()
    try:
        verifier = read_verifier(here.settings.instance)
        with here.database.reading() as db:
            if ledger_standing(db).size > VERIFIED_AT_MOST:
                return False, _(
                    "It is too long for a page. Run: %(command)s", command="ishonch ledger verify"
                )
            verdict = verify_ledger(db, verifier=verifier)
    except SettingsError as error:
        log_event("storage", error=error)
        return False, _keyless()
    except LedgerBroken as error:
        return _broken(error)
    words: str = _(
        "The audit log verifies: %(size)s entries, %(count)s signed checkpoints. Nothing was cut, edited or reordered.",
        size=verdict.size,
        count=verdict.checkpoints,
    )
    return True, words


def _broken(error: LedgerBroken) -> tuple[bool, str]:
    words: str = _("The audit log does not verify: %(why)s.", why=broken_words(error))
    return False, words


def _keyless() -> str:
    words: str = _(
        "The key of the audit log is missing here. Run: %(command)s", command="ishonch check"
    )
    return words


def _parts(database: Database, note: str, size: int) -> Iterator[bytes]:
    """Read entry by entry while the answer goes out, when the request is over."""
    with database.reading() as db, first_entries(db, size) as rows:
        yield from export_parts(note, (row.body for row in rows))
