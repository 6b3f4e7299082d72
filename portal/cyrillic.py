"""Uzbek in Cyrillic letters, derived from Uzbek in Latin letters by rule and a list of exceptions.

There is one Uzbek text, in Latin; nobody translates the Cyrillic by hand, so the two can never say
different things. Most letters follow the 1995 alphabet one to one. The exceptions are loanwords
whose Cyrillic form keeps a letter the Latin one dropped (`sentabr`, `rayon`, `korrupsiya`) and
names that stay in Latin letters in either script (`PDF`, `Tor`).
"""

import re
from collections.abc import Iterator

TURNED_COMMA = "\u02bb"  # ʻ makes the letters oʻ and gʻ
APOSTROPHE = "\u02bc"  # ʼ is the tutuq belgisi, Cyrillic ъ
_TYPED = "'`´‘’ʻʼ"

_LETTERS = {
    "sh": "ш",
    "ch": "ч",
    "yo" + TURNED_COMMA: "йў",
    "o" + TURNED_COMMA: "ў",
    "g" + TURNED_COMMA: "ғ",
    "s" + APOSTROPHE + "h": "сҳ",  # the mark only parts two letters that would read as one
    "yo": "ё",
    "yu": "ю",
    "ya": "я",
    "ye": "е",
    "a": "а",
    "b": "б",
    "d": "д",
    "e": "е",
    "f": "ф",
    "g": "г",
    "h": "ҳ",
    "i": "и",
    "j": "ж",
    "k": "к",
    "l": "л",
    "m": "м",
    "n": "н",
    "o": "о",
    "p": "п",
    "q": "қ",
    "r": "р",
    "s": "с",
    "t": "т",
    "u": "у",
    "v": "в",
    "x": "х",
    "y": "й",
    "z": "з",
    APOSTROPHE: "ъ",
}

# The letter ц is written `ts` after a vowel and `s` after a consonant, where native suffixes (-sa,
# -siz, -sin) also stand: so it is read only in these endings, anywhere in a word.
_ANYWHERE = {
    "tsiya": "ция",
    "tsion": "цион",
    "ksiya": "кция",
    "ksion": "кцион",
    "psiya": "пция",
    "psion": "пцион",
    "nsiya": "нция",
    "ensial": "енциал",
    "tse": "це",
}

# Word beginnings. A soft sign at the end of one stands only where the word ends there: апрель, but
# апрелдаги.
_STEMS = {
    "aksiz": "акциз",
    "albom": "альбом",
    "apelsin": "апельсин",
    "aprel": "апрель",
    "asfalt": "асфальт",
    "avtomobil": "автомобиль",
    "baryer": "барьер",
    "batalyon": "батальон",
    "bilyard": "бильярд",
    "byulleten": "бюллетень",
    "defitsit": "дефицит",
    "dekabr": "декабрь",
    "detal": "деталь",
    "distansion": "дистанцион",
    "dizel": "дизель",
    "dosye": "досье",
    "ekspansiya": "экспансия",
    "emal": "эмаль",
    "feldsher": "фельдшер",
    "fevral": "февраль",
    "film": "фильм",
    "filtr": "фильтр",
    "gospital": "госпиталь",
    "impuls": "импульс",
    "insident": "инцидент",
    "intervyu": "интервью",
    "iyul": "июль",
    "iyun": "июнь",
    "kabel": "кабель",
    "kalkul": "калькул",
    "kalsiy": "кальций",
    "kartel": "картель",
    "karyer": "карьер",
    "koeffitsi": "коэффици",
    "kommersiya": "коммерция",
    "kompyuter": "компьютер",
    "konsentr": "концентр",
    "konsep": "концеп",
    "konsern": "концерн",
    "konsert": "концерт",
    "konsorsium": "консорциум",
    "konsult": "консульт",
    "kontrol": "контроль",
    "konveyer": "конвейер",
    "kultur": "культур",
    "kuryer": "курьер",
    "lager": "лагерь",
    "litsenz": "лиценз",
    "magistral": "магистраль",
    "mayor": "майор",
    "mebel": "мебель",
    "medal": "медаль",
    "meditsin": "медицин",
    "mo" + TURNED_COMMA + "jiza": "мўъжиза",
    "mo" + TURNED_COMMA + "tabar": "мўътабар",
    "mo" + TURNED_COMMA + "tadil": "мўътадил",
    "model": "модель",
    "multi": "мульти",
    "nikel": "никель",
    "noyabr": "ноябрь",
    "obyekt": "объект",
    "ofitsi": "офици",
    "oktabr": "октябрь",
    "panel": "панель",
    "parol": "пароль",
    "patrul": "патруль",
    "patsi": "паци",
    "pensiya": "пенсия",
    "podyezd": "подъезд",
    "porsiya": "порция",
    "portfel": "портфель",
    "premyer": "премьер",
    "prinsip": "принцип",
    "profil": "профиль",
    "proporsiya": "пропорция",
    "puls": "пульс",
    "pulsiz": "пулсиз",  # money, not a pulse
    "pult": "пульт",
    "rayon": "район",
    "razyezd": "разъезд",
    "rels": "рельс",
    "rol": "роль",
    "rul": "руль",
    "sement": "цемент",
    "sentabr": "сентябрь",
    "sentner": "центнер",
    "sex": "цех",
    "sho" + TURNED_COMMA + "ba": "шўъба",
    "sianid": "цианид",
    "sikl": "цикл",
    "silindr": "цилиндр",
    "sink": "цинк",
    "sirkulyar": "циркуляр",
    "sisterna": "цистерна",
    "spetsi": "специ",
    "subyekt": "субъект",
    "sudya": "судья",
    "sulf": "сульф",
    "tabel": "табель",
    "ts": "ц",
    "tunnel": "туннель",
    "ultra": "ультра",
    "vaksina": "вакцина",
    "vedomost": "ведомость",
    "veksel": "вексель",
    "volfram": "вольфрам",
    "volt": "вольт",
    "yanvar": "январь",
}

# Names and formats written in Latin letters in Cyrillic text too. Whole words, this spelling only.
LATIN_WORDS = frozenset(
    {
        "Android",
        "Argon2id",
        "Browser",
        "Chrome",
        "DOCX",
        "PPTX",
        "WEBP",
        "EXIF",
        "Firefox",
        "GPS",
        "HTML",
        "IP",
        "JavaScript",
        "JPEG",
        "JPG",
        "Linux",
        "MP3",
        "MP4",
        "PDF",
        "PIN",
        "PNG",
        "QR",
        "SHA",
        "SMS",
        "Telegram",
        "TOTP",
        "Tor",
        "URL",
        "USB",
        "VPN",
        "WhatsApp",
        "Wi",
        "Fi",
        "Windows",
        "XLSX",
        "ZIP",
        "age",
        "call",
    }
)

# Never touched, first match wins: tags, entities, placeholders, addresses, file and domain names.
_PROTECTED = re.compile(
    r"""
    <[^<>]*>
    | &(?:\#\w+|\w+);
    | %\(\w+\)[#0\- +]*[\d.]*[a-zA-Z] | %[sdfrx%]
    | \{[^{}]*\}
    | \bhttps?://\S+
    | \b[\w.+-]+@[\w-]+(?:\.[\w-]+)+
    | (?<![\w'])[\w-]*\.[a-z][a-z0-9-]{1,9}\b(?:\.[a-z]{2,9}\b)*
    """,
    re.VERBOSE,
)
_WORD = re.compile(rf"[A-Za-z0-9]+(?:[{TURNED_COMMA}{APOSTROPHE}][A-Za-z0-9]*)*")
# A Latin date joins number and word with a hyphen, a Cyrillic one does not: 3-yanvar, 3 январь.
_DATE_HYPHEN = re.compile(
    r"(?<=\d)-(?=yil|yanvar|fevral|mart|aprel|may(?!don)|iyun|iyul|avgust|sentabr|oktabr|noyabr|dekabr)"
)
_STEM, _ENDING, _LETTER = (max(map(len, table)) for table in (_STEMS, _ANYWHERE, _LETTERS))
_VOWELS = frozenset("aeiou" + TURNED_COMMA)


def normalise_apostrophes(text: str) -> str:
    """Return `text` with each typed apostrophe inside an Uzbek word as U+02BB or U+02BC.

    After o and g it is the letter's own mark; between two other letters the tutuq belgisi;
    elsewhere a quotation mark, which is left alone.
    """
    text = re.sub(rf"(?<=[oOgG])[{_TYPED}]", TURNED_COMMA, text)
    return re.sub(rf"(?<=[A-Za-z{TURNED_COMMA}])[{_TYPED}](?=[A-Za-z])", _tutuq_unless_letter, text)


def _tutuq_unless_letter(match: re.Match[str]) -> str:
    return TURNED_COMMA if match.string[match.start() - 1] in "oOgG" else APOSTROPHE


def to_cyrillic(text: str) -> str:
    """Return Uzbek Latin `text` in Cyrillic letters.

    Placeholders, tags, addresses, file names and Latin names stay as they are.
    """
    return "".join(part if protected else _plain(part) for protected, part in _parts(text))


def _plain(text: str) -> str:
    return _WORD.sub(_word, _DATE_HYPHEN.sub(" ", normalise_apostrophes(text)))


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    position = 0
    for match in _PROTECTED.finditer(text):
        yield False, text[position : match.start()]
        yield True, match.group()
        position = match.end()
    yield False, text[position:]


def _word(match: re.Match[str]) -> str:
    word = match.group()
    if word in LATIN_WORDS or _is_foreign(word):
        return word
    return "".join(_pieces(word))


def _is_foreign(word: str) -> bool:
    """Uzbek has no w, and c only in ch: a word with one is a name."""
    return re.search(r"w|c(?!h)", word, re.IGNORECASE) is not None


def _pieces(word: str) -> Iterator[str]:
    position = 0
    while position < len(word):
        latin, cyrillic = _piece(word.lower(), position)
        yield _in_case(word[position : position + len(latin)], cyrillic, word)
        position += len(latin)


def _piece(word: str, position: int) -> tuple[str, str]:
    """Find the longest listed beginning, else ending, else letter at `position` of `word`."""
    rest = word[position:]
    if position == 0 and (stem := _longest(_STEMS, _STEM, rest)):
        ends_here = len(stem) == len(rest)
        return stem, _STEMS[stem] if ends_here else _STEMS[stem].removesuffix("ь")
    if ending := _longest(_ANYWHERE, _ENDING, rest):
        return ending, _ANYWHERE[ending]
    if rest == "ts":
        return "ts", "ц"
    letter = _longest(_LETTERS, _LETTER, rest)
    if letter == "e" and (position == 0 or word[position - 1] in _VOWELS):
        return letter, "э"
    return (letter, _LETTERS[letter]) if letter else (rest[0], rest[0])


def _longest(table: dict[str, str], longest: int, rest: str) -> str:
    for length in range(min(len(rest), longest), 0, -1):
        if rest[:length] in table:
            return rest[:length]
    return ""


def _in_case(latin: str, cyrillic: str, word: str) -> str:
    if word.isupper():
        return cyrillic.upper()
    return cyrillic[0].upper() + cyrillic[1:] if latin[0].isupper() else cyrillic
