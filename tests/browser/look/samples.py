"""Realistic contents for every template, as the views would pass them."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import segno
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import (
    Form,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

Context = Mapping[str, Any]
TODAY = date(2026, 11, 24)
MIB = 1024 * 1024
LIMITS = SimpleNamespace(bytes=512 * MIB, files=20)
HOSTILE = "<b>жирный</b> <script>alert(1)</script> https://example.com/?id=1 {{7*7}}"

SAID = {
    "en": "On Friday evening the shift foreman signed for 40 tonnes of concentrate.\n"
    "Only 31 tonnes left the scales. I saw both papers.\n\nThe driver was told to be silent.",
    "ru": "В пятницу вечером начальник смены расписался за 40 тонн концентрата.\n"
    "С весов ушла только 31 тонна. Я видел обе накладные.\n\nВодителю велели молчать. "
    "Металлоконструкциянингэлектрометаллургиялаштирилганлигиданмисиз",
    "uz": "Juma kuni kechqurun smena boshligʻi 40 tonna boyitma uchun imzo qoʻydi.\n"
    "Tarozidan faqat 31 tonna oʻtdi. Ikkala hujjatni ham koʻrdim.\n\nHaydovchiga jim boʻl, deyishdi.",
    "uz-Cyrl": "Жума куни кечқурун смена бошлиғи 40 тонна бойитма учун имзо қўйди.\n"
    "Тарозидан фақат 31 тонна ўтди. Иккала ҳужжатни ҳам кўрдим.\n\nҲайдовчига жим бўл, дейишди.",
}
ANSWER = {
    "en": "Thank you. Do you remember the number of the lorry? You need not answer.",
    "ru": "Спасибо. Помните ли вы номер грузовика? Отвечать не обязательно.",
    "uz": "Rahmat. Yuk mashinasining raqamini eslaysizmi? Javob berish shart emas.",
    "uz-Cyrl": "Раҳмат. Юк машинасининг рақамини эслайсизми? Жавоб бериш шарт эмас.",
}
NAME = {
    "en": "Almalyk Mining and Metallurgical Complex",
    "ru": "Алмалыкский горно-металлургический комбинат",
    "uz": "Olmaliq kon-metallurgiya kombinati",
    "uz-Cyrl": "Олмалиқ кон-металлургия комбинати",
}
UNITS_RU = (
    "Рудоуправление «Кальмакыр», Ангренское рудоуправление, Рудник «Саукбулак», "
    "Рудник «Хандиза», Рудник «Каульды», Медно-обогатительная фабрика № 1, "
    "Медно-обогатительная фабрика № 2, Медно-обогатительная фабрика № 3, "
    "Свинцово-обогатительная фабрика, Медеплавильный завод, Цинковый завод, "
    "Ангренская золотоизвлекательная фабрика, Производство редких металлов, "
    "Шерабадский цементный завод, Джизакский цементный завод, Известковый завод, "
    "Центральный ремонтно-механический завод, Управление автомобильного транспорта, "
    "Управление промышленного железнодорожного транспорта, Центральный аппарат"
).split(", ")
UNITS_EN = [f"Works and workshop number {number}" for number in range(1, 21)]
CATEGORIES_RU = (
    "Взятка или вымогательство; Хищение или растрата; Закупки и тендеры; Конфликт интересов; "
    "Подделка документов или учёта; Приём на работу, родственники; Подарки и представительские; "
    "Охрана труда и промышленная безопасность; Преследование за сообщение; Другое"
).split("; ")
CATEGORIES_EN = (
    "Bribe or extortion; Theft or embezzlement; Procurement and tenders; Conflict of interest; "
    "Forged papers or accounts; Hiring and relatives; Gifts and hospitality; "
    "Safety at work; Retaliation for reporting; Something else"
).split("; ")
POSITIONS_RU = (
    "Начальник Службы комплаенс-контроля; Заместитель начальника; "
    "Главный специалист по проверкам; Ведущий специалист; Специалист по реестрам; "
    "Специалист по обучению"
).split("; ")
POSITIONS_EN = (
    "Head of the Compliance Control Service; Deputy head; Chief investigator; "
    "Senior investigator; Specialist for registers; Specialist for training"
).split("; ")


class Organisation(SimpleNamespace):
    """Stands in for `portal.organisation.Organisation`."""

    def text(self, mapping: Mapping[str, str], language: str) -> str:
        return mapping[language]


def organisation() -> Organisation:
    """Return a profile as long-winded as the real one."""
    return Organisation(
        name=NAME,
        short_name="AGMK",
        clocks=SimpleNamespace(acknowledge_days=7, feedback_months=3),
        phones=[
            SimpleNamespace(
                label={
                    "en": "Call centre",
                    "ru": "Колл-центр",
                    "uz": "Call-markaz",
                    "uz-Cyrl": "Call-марказ",
                },
                number="+998 78 141 90 99",
            ),
            SimpleNamespace(
                label={
                    "en": "Hotline of the service",
                    "ru": "Телефон доверия",
                    "uz": "Ishonch telefoni",
                    "uz-Cyrl": "Ишонч телефони",
                },
                number="+998 71 619 23 33",
            ),
        ],
    )


def _numbered(labels: list[str]) -> list[SelectChoice]:
    return [
        SelectChoice("", "—"),
        *(SelectChoice(f"item-{index}", label) for index, label in enumerate(labels)),
    ]


def _by_script(language: str, english: list[str], russian: list[str]) -> list[str]:
    return english if language == "en" else russian


def report_form(language: str, data: MultiDict[str, str] | None = None) -> Form:
    """Return the intake form with its twenty units and ten categories."""
    units = _numbered(_by_script(language, UNITS_EN, UNITS_RU))
    categories = _numbered(_by_script(language, CATEGORIES_EN, CATEGORIES_RU))
    positions = _numbered(_by_script(language, POSITIONS_EN, POSITIONS_RU))[1:]

    class ReportForm(Form):
        submission = HiddenField(default="5e0d" * 8)
        draft = HiddenField(default="")
        text = TextAreaField("What happened?", [InputRequired("Write what happened."), Length(9)])
        category = SelectField("What is it about?", choices=categories)
        unit = SelectField("Which plant or unit?", choices=units)
        place = StringField("Where exactly?")
        period = StringField("When?")
        people = TextAreaField("Who is involved?")
        source = TextAreaField("How do you know?")
        concerned = SelectMultipleField(
            "Does it concern someone who reads reports?", choices=positions
        )
        language = SelectField(
            "In which language shall we answer?",
            choices=[SelectChoice("uz", "Oʻzbekcha"), SelectChoice("ru", "Русский")],
        )

    form = ReportForm(data)
    if data is not None:
        form.validate()
    return form


def token_form(typed: str | None = None) -> Form:
    """Return the one-field form of the code, refused when something was typed."""

    class TokenForm(Form):
        token = StringField("Your code")

        def validate_token(self, _field: StringField) -> None:
            raise ValidationError("A digit is wrong or two are swapped. Please compare again.")

    form = TokenForm(MultiDict({"token": typed}) if typed else None)
    if typed:
        form.validate()
    return form


def _message_form() -> Form:
    class MessageForm(Form):
        text = TextAreaField("Message")

    return MessageForm()


def _file(name: str, size: int) -> SimpleNamespace:
    return SimpleNamespace(
        id="ab" * 16, blob=SimpleNamespace(id="ab" * 16), name=name, size=size, extension=name.rpartition(".")[2] or ""
    )


def _items(language: str) -> list[SimpleNamespace]:
    label = "Подразделение" if language != "en" else "Unit"
    return [
        SimpleNamespace(
            id="01" * 16, mine=True, kind="report", on=TODAY - timedelta(days=20), damaged=False,
            text=SAID[language], can_delete=True,
            answers=[(label, _by_script(language, UNITS_EN, UNITS_RU)[5]), ("Who?", HOSTILE)],
            files=[
                _file("накладная_№_4471_ноябрь.pdf", 2_400_000),
                _file("IMG_20261030_" + "1" * 60 + ".jpeg", 41_000),
            ],
        ),
        SimpleNamespace(
            id="02" * 16, mine=False, kind="reply", on=TODAY - timedelta(days=14), damaged=False,
            text=ANSWER[language], can_delete=False, answers=[],
            files=[_file("<img src=x onerror=alert(1)>.docx", 88_000)],
        ),
        SimpleNamespace(
            id="03" * 16, mine=True, kind="message", on=TODAY, damaged=False,
            text=HOSTILE, can_delete=True, answers=[], files=[],
        ),
    ]  # fmt: skip


def _state(key: str, words: str) -> SimpleNamespace:
    return SimpleNamespace(key=key, words=words)


WORDS = {
    "en": "velvet canyon orbit lunar gentle bracket notice harvest",
    "ru": "горизонт переулок академия берег словарь известие пуговица электричество",
}
DIGITS = ["40317", "88250", "61934", "07752", "19468"]
HELP = Markup(
    "<h2>Before you write</h2><p>Use your own phone, at home.</p>"
    "<ul><li>Leave out what only you know.</li><li>Photograph the <strong>paper</strong>.</li></ul>"
)


def _receipt(_language: str) -> Context:
    return {"digits": DIGITS, "words": WORDS, "form": token_form()}


def _mailbox(language: str) -> Context:
    return {
        "state": _state("question", "Есть вопрос к вам" if language != "en" else "A question"),
        "next_step": ANSWER[language],
        "due": TODAY + timedelta(days=70),
        "items": _items(language),
        "form": _message_form(),
        "limits": LIMITS,
        "problem": None,
    }


def _refused_report(language: str) -> Context:
    typed = MultiDict({"place": SAID[language][:60], "category": "item-1", "language": "ru"})
    return {
        "form": report_form(language, typed),
        "kept_files": [_file("накладная_№_4471_ноябрь.pdf", 2_400_000)],
        "limits": LIMITS,
        "problem": "Your report was NOT received. Please change what is marked and send again.",
    }


PORTAL: Mapping[str, tuple[str, Callable[[str], Context]]] = {
    "home": ("home", lambda _: {}),
    "report": (
        "report",
        lambda language: {
            "form": report_form(language), "kept_files": [], "limits": LIMITS, "problem": None,
        },
    ),
    "report-refused": ("report", _refused_report),
    "receipt": ("receipt", _receipt),
    "receipt-refused": (
        "receipt",
        lambda language: {**_receipt(language), "form": token_form("40317 88250 61934 07752 19486")},
    ),
    "return": ("return", lambda _: {"form": token_form()}),
    "return-refused": ("return", lambda _: {"form": token_form("40317")}),
    "mailbox": ("mailbox", _mailbox),
    "burn": ("burn", lambda _: {}),
    "help": ("help", lambda _: {"text": HELP}),
    "rights": ("rights", lambda _: {"text": HELP}),
}  # fmt: skip


def _login(data: MultiDict[str, str] | None = None) -> Form:
    class LoginForm(Form):
        username = StringField("User name", [InputRequired("Enter your user name.")])
        password = PasswordField("Password", [InputRequired("Enter your password.")])

    form = LoginForm(data)
    if data is not None:
        form.validate()
    return form


def _code() -> Form:
    class CodeForm(Form):
        code = StringField("Six digits")

    return CodeForm()


def _enrolment() -> Form:
    class EnrolmentForm(Form):
        username = StringField("User name")
        code = StringField("Invitation code")
        password = PasswordField("New password", description="At least 12 characters.")
        again = PasswordField("The same password again")

    return EnrolmentForm()


def _qr() -> SimpleNamespace:
    uri = "otpauth://totp/AGMK:n.karimova?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=AGMK"
    matrix = [list(row) for row in segno.make(uri, error="m").matrix_iter(border=4)]
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    return SimpleNamespace(size=len(matrix), path=path)


def _rows(language: str) -> list[SimpleNamespace]:
    states = [
        ("received", "Получено"),
        ("in_review", "На рассмотрении"),
        ("question", "Вопрос информатору"),
        ("closed", "Закрыто"),
    ]
    units = _by_script(language, UNITS_EN, UNITS_RU)
    categories = _by_script(language, CATEGORIES_EN, CATEGORIES_RU)
    return [
        SimpleNamespace(
            id=f"{0xA3F1 * (index + 7):08x}" * 4,
            received_on=TODAY - timedelta(days=3 * index),
            category=categories[index % 10] if index != 4 else "",
            unit=units[(index * 7) % 20],
            language="Русский",
            state=_state(*states[min(index // 3, 3)]),
            unread=index < 2,
            files=index % 3,
        )
        for index in range(12)
    ]


def _office_report(language: str) -> Context:
    class ReplyForm(Form):
        text = TextAreaField("Reply")
        public_state = SelectField(
            "What the informant sees as the state", choices=[SelectChoice("received", "Received")]
        )

    items = [
        SimpleNamespace(**{
            **vars(item), "mine": not item.mine,
            "author": "Информатор" if item.mine else "Н. Каримова",
        })
        for item in _items(language)
    ]  # fmt: skip
    items[2].damaged = True
    pending = [
        SimpleNamespace(
            id=str(index) * 32, author=author, on=TODAY, text=ANSWER[language],
            files=[_file("ответ.pdf", 120_000)], can_approve=can_approve,
        )
        for index, (author, can_approve) in enumerate([("Ш. Юсупов", True), ("Вы", False)])
    ]  # fmt: skip
    return {
        "report": SimpleNamespace(
            id="a3f1c0de" * 4, received_on=TODAY - timedelta(days=20), language="Русский",
            state=_state("question", "Вопрос информатору"),
        ),
        "items": items, "pending": pending, "form": ReplyForm(), "limits": LIMITS,
    }  # fmt: skip


def _staff(language: str) -> Context:
    roles = [("head", "Head"), ("investigator", "Investigator"), ("administrator", "Administrator")]
    positions = _by_script(language, POSITIONS_EN, POSITIONS_RU)

    class InviteForm(Form):
        username = StringField("User name")
        name = StringField("Full name")
        role = SelectField("Role", choices=[SelectChoice(*role) for role in roles])
        position = SelectField("Position", choices=_numbered(positions))

    statuses = [("active", "Active"), ("invited", "Invited"), ("disabled", "Disabled")]
    rows = [
        SimpleNamespace(
            id=str(index) * 32, username=f"n.karimova{index}", name=f"Нодира Каримова {index}",
            role=roles[index % 3][1], position=positions[index],
            status=_state(*statuses[index % 3]), can_disable=index % 3 == 0,
        )
        for index in range(5)
    ]  # fmt: skip
    receivers = [
        SimpleNamespace(position=position, desk="Service", head=index == 0)
        for index, position in enumerate(positions)
    ]
    return {
        "rows": rows, "form": InviteForm(),
        "invitation": SimpleNamespace(
            username="n.karimova1", code="7K3F-9QXM-2B8W-PLDT-H5VN", expires=TODAY,
        ),
        "roster": SimpleNamespace(signed_on=TODAY, current=False, receivers=receivers),
        "notice": "The list of receivers was signed.",
    }  # fmt: skip


OFFICE: Mapping[str, tuple[str, Callable[[str], Context]]] = {
    "login": ("login", lambda _: {"form": _login(), "member": None}),
    "login-refused": (
        "login",
        lambda _: {
            "form": _login(MultiDict({"username": ""})), "member": None,
            "problem": "The user name or the password is wrong.",
        },
    ),
    "code": ("code", lambda _: {"form": _code(), "member": None}),
    "enrolment": ("enrolment", lambda _: {"form": _enrolment(), "member": None}),
    "second-factor": (
        "second_factor",
        lambda _: {
            "form": _code(), "member": None, "qr": _qr(),
            "secret": "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
        },
    ),
    "recovery": (
        "recovery",
        lambda _: {"member": None, "recovery_code": "K7QF-2MXD-90TB-WZ4H-8RCN-V3PJ-6YEA"},
    ),
    "inbox": ("inbox", lambda language: {"rows": _rows(language), "q": ""}),
    "inbox-empty": ("inbox", lambda _: {"rows": [], "q": ""}),
    "inbox-nothing-found": ("inbox", lambda _: {"rows": [], "q": "концентрат"}),
    "report": ("report", _office_report),
    "staff": ("staff", _staff),
}  # fmt: skip

MEMBER = SimpleNamespace(name="Нодира Каримова", role="Administrator", administrator=True)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
