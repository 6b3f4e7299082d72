"""The office's pages with their contexts, as its views pass them."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import segno
from werkzeug.datastructures import MultiDict
from wtforms import Form, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from tests.browser.look.samples import (
    ANSWER,
    LIMITS,
    TODAY,
    Context,
    Pages,
    Translate,
    file,
    labels,
    letters,
    options,
    organisation,
    refused,
    state,
    worded,
)

SECRET = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"
STATES = ("received", "in_review", "question", "closed")
STATUSES = ("active", "invited", "disabled")
MEMBER = SimpleNamespace(name="Нодира Каримова", role="Administrator", administrator=True)
COMMON: dict[str, Any] = {"member": MEMBER}
NOBODY: Context = {"member": None}


class LoginForm(Form):
    """User name and password."""

    username = StringField("User name", [InputRequired("Enter your user name.")])
    password = PasswordField("Password", [InputRequired("Enter your password.")])


class CodeForm(Form):
    """The second factor."""

    code = StringField("Six digits")


class EnrolmentForm(Form):
    """The first visit of an invited member."""

    username = StringField("User name")
    code = StringField("Invitation code")
    password = PasswordField("New password", description="At least 12 characters.")
    again = PasswordField("The same password again")


class ReplyForm(Form):
    """A reply to the informant."""

    text = TextAreaField("Reply")
    public_state = SelectField("What the informant sees as the state", choices=options(STATES))


def _login(_language: str, _: Translate) -> Context:
    return {**NOBODY, "form": LoginForm()}


def _login_refused(_language: str, _: Translate) -> Context:
    form = refused(LoginForm(MultiDict({"username": ""})))
    return {**NOBODY, "form": form, "problem": "The user name or the password is wrong."}


def _code(_language: str, _: Translate) -> Context:
    return {**NOBODY, "form": CodeForm()}


def _enrolment(_language: str, _: Translate) -> Context:
    return {**NOBODY, "form": EnrolmentForm()}


def _second_factor(_language: str, _: Translate) -> Context:
    return {**NOBODY, "form": CodeForm(), "qr": _qr(), "secret": SECRET}


def _qr() -> SimpleNamespace:
    uri = f"otpauth://totp/AGMK:n.karimova?secret={SECRET.replace(' ', '')}&issuer=AGMK"
    matrix = [list(row) for row in segno.make(uri, error="m").matrix_iter(border=4)]
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    return SimpleNamespace(size=len(matrix), path=path)


def _recovery(_language: str, _: Translate) -> Context:
    return {**NOBODY, "recovery_code": "K7QF-2MXD-90TB-WZ4H-8RCN-V3PJ-6YEA"}


def _inbox(language: str, _: Translate) -> Context:
    units, categories = (
        labels(organisation().units, language),
        labels(organisation().categories, language),
    )
    rows = [
        SimpleNamespace(
            id=f"{0xA3F1C0 * (index + 7):08x}" * 4,
            received_on=TODAY - timedelta(days=3 * index),
            category="" if index == 4 else categories[index % len(categories)],
            unit=units[(index * 7) % len(units)],
            language="Русский",
            state=state(STATES[index // 3], STATES[index // 3]),
            unread=index < 2,
            files=index % 3,
        )
        for index in range(12)
    ]
    return {"rows": rows, "q": ""}


def _empty(_language: str, _: Translate) -> Context:
    return {"rows": [], "q": ""}


def _nothing_found(_language: str, _: Translate) -> Context:
    return {"rows": [], "q": "концентрат"}


def _report(language: str, _: Translate) -> Context:
    items = letters(language, _)
    for item in items:
        item.author = "Информатор" if item.mine else MEMBER.name
        item.mine = not item.mine
    items[2].damaged = True
    return {
        "report": SimpleNamespace(
            id="a3f1c0de" * 4,
            received_on=TODAY - timedelta(days=20),
            language="Русский",
            state=state("question", "Вопрос информатору"),
        ),
        "items": items,
        "pending": [_pending(language, "Ш. Юсупов", 1), _pending(language, MEMBER.name, 0)],
        "form": ReplyForm(),
        "limits": LIMITS,
    }


def _pending(language: str, author: str, approvable: int) -> SimpleNamespace:
    return SimpleNamespace(
        id=str(approvable) * 32,
        author=author,
        on=TODAY,
        text=worded(ANSWER, language),
        files=[file("ответ.pdf", 120_000)],
        can_approve=bool(approvable),
    )


def _staff(language: str, _: Translate) -> Context:
    positions = labels(organisation().positions, language)
    roles = ["Head", "Investigator", "Administrator"]

    class InviteForm(Form):
        username = StringField("User name")
        name = StringField("Full name")
        role = SelectField("Role", choices=options(roles))
        position = SelectField("Position", choices=options(positions, "—"))

    rows = [
        SimpleNamespace(
            id=str(index) * 32,
            username=f"n.karimova{index}",
            name=f"{MEMBER.name} {index}",
            role=roles[index % 3],
            position=position,
            status=state(STATUSES[index % 3], STATUSES[index % 3]),
            can_disable=index % 3 == 0,
        )
        for index, position in enumerate(positions)
    ]
    receivers = [
        SimpleNamespace(position=position, desk="Service", head=index == 0)
        for index, position in enumerate(positions)
    ]
    return {
        "rows": rows,
        "form": InviteForm(),
        "invitation": SimpleNamespace(
            username="n.karimova1", code="7K3F-9QXM-2B8W-PLDT-H5VN", expires=TODAY
        ),
        "roster": SimpleNamespace(signed_on=TODAY, current=False, receivers=receivers),
        "notice": "The list of receivers was signed.",
    }


PAGES: Pages = {
    "login": ("login", _login),
    "login-refused": ("login", _login_refused),
    "code": ("code", _code),
    "enrolment": ("enrolment", _enrolment),
    "second-factor": ("second_factor", _second_factor),
    "recovery": ("recovery", _recovery),
    "inbox": ("inbox", _inbox),
    "inbox-empty": ("inbox", _empty),
    "inbox-nothing-found": ("inbox", _nothing_found),
    "report": ("report", _report),
    "staff": ("staff", _staff),
}
