"""Uzbek Cyrillic is derived from Uzbek Latin: the glossary, the exceptions, what must stay."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.cyrillic import LATIN_WORDS, normalise_apostrophes, to_cyrillic

# The project's glossary, term by term: (Latin, Cyrillic).
GLOSSARY = [
    ("xabar beruvchi (xabar bergan shaxs)", "хабар берувчи (хабар берган шахс)"),
    ("xabar", "хабар"),
    ("murojaat", "мурожаат"),
    ("murojaatchi", "мурожаатчи"),
    ("ariza / taklif / shikoyat", "ариза / таклиф / шикоят"),
    ("tekshiriladigan holat", "текшириладиган ҳолат"),
    ("ish", "иш"),
    ("yigʻma jild", "йиғма жилд"),
    ("roʻyxatga olish raqami", "рўйхатга олиш рақами"),
    ("kirish kodi (xabar kodi)", "кириш коди (хабар коди)"),
    ("PIN-kod", "PIN-код"),
    ("anonim", "аноним"),
    ("maxfiy (konfidensial)", "махфий (конфиденциал)"),
    ("maxfiylik", "махфийлик"),
    ("oshkor qilmaslik majburiyati", "ошкор қилмаслик мажбурияти"),
    ("xabar beruvchining shaxsi", "хабар берувчининг шахси"),
    ("shaxsini oshkor qilish", "шахсини ошкор қилиш"),
    ("rozilik", "розилик"),
    ("qabul qilinganlik tasdigʻi", "қабул қилинганлик тасдиғи"),
    ("keyingi harakatlar", "кейинги ҳаракатлар"),
    ("qayta aloqa", "қайта алоқа"),
    ("ishonch telefoni", "ишонч телефони"),
    ("call-markaz", "call-марказ"),
    ("aloqa kanallari", "алоқа каналлари"),
    ("operator", "оператор"),
    ("qoʻngʻiroq yozuvi", "қўнғироқ ёзуви"),
    ("suhbat bayoni", "суҳбат баёни"),
    ("qayta qoʻngʻiroq", "қайта қўнғироқ"),
    ("dastlabki baholash (saralash)", "дастлабки баҳолаш (саралаш)"),
    ("dastlabki oʻrganish", "дастлабки ўрганиш"),
    ("xizmat tekshiruvi", "хизмат текшируви"),
    ("buyruq", "буйруқ"),
    ("komissiya", "комиссия"),
    ("rais / aʼzo / kotib", "раис / аъзо / котиб"),
    ("oʻzini oʻzi rad qilish", "ўзини ўзи рад қилиш"),
    ("rad qilish", "рад қилиш"),
    ("manfaatdor shaxs", "манфаатдор шахс"),
    ("tekshirilayotgan xodim", "текширилаётган ходим"),
    ("guvoh", "гувоҳ"),
    ("suhbat (soʻrov)", "суҳбат (сўров)"),
    ("tushuntirish xati", "тушунтириш хати"),
    ("yozma tushuntirish", "ёзма тушунтириш"),
    (
        "tushuntirish berishdan bosh tortish dalolatnomasi",
        "тушунтириш беришдан бош тортиш далолатномаси",
    ),
    ("bayonnoma", "баённома"),
    ("dalolatnoma", "далолатнома"),
    ("xulosa", "хулоса"),
    ("dalil", "далил"),
    ("dalillarni saqlash zanjiri", "далилларни сақлаш занжири"),
    ("tasdiqlandi", "тасдиқланди"),
    ("qisman tasdiqlandi", "қисман тасдиқланди"),
    ("tasdiqlanmadi", "тасдиқланмади"),
    ("aniqlash imkoni boʻlmadi", "аниқлаш имкони бўлмади"),
    ("bila turib yolgʻon xabar", "била туриб ёлғон хабар"),
    ("sabab va shart-sharoitlar", "сабаб ва шарт-шароитлар"),
    ("tuzatuvchi chora", "тузатувчи чора"),
    ("muddat / muddatni uzaytirish", "муддат / муддатни узайтириш"),
    ("ish kuni", "иш куни"),
    ("muddati oʻtgan", "муддати ўтган"),
    ("intizomiy qilmish", "интизомий қилмиш"),
    ("intizomiy jazo", "интизомий жазо"),
    ("hayfsan / jarima", "ҳайфсан / жарима"),
    ("mehnat shartnomasini bekor qilish", "меҳнат шартномасини бекор қилиш"),
    ("vaqtincha chetlatish", "вақтинча четлатиш"),
    ("shikoyat qilish", "шикоят қилиш"),
    ("huquqni muhofaza qiluvchi organ", "ҳуқуқни муҳофаза қилувчи орган"),
    ("materiallarni taqdim etish", "материалларни тақдим этиш"),
    ("ragʻbatlantirish", "рағбатлантириш"),
    ("pul mukofoti", "пул мукофоти"),
    ("esdalik sovgʻa / tashakkurnoma", "эсдалик совға / ташаккурнома"),
    ("koʻkrak nishoni", "кўкрак нишони"),
    ("bazaviy hisoblash miqdori (BHM)", "базавий ҳисоблаш миқдори (БҲМ)"),
    ("ancha / koʻp / juda koʻp miqdor", "анча / кўп / жуда кўп миқдор"),
    ("zarar", "зарар"),
    ("pora / tamagirlik", "пора / тамагирлик"),
    ("himoya", "ҳимоя"),
    ("himoya orderi", "ҳимоя ордери"),
    ("taʼqib (qasos olish)", "таъқиб (қасос олиш)"),
    ("tazyiq", "тазйиқ"),
    ("kamsitish", "камситиш"),
    (
        "ishdan boʻshatish / lavozimini pasaytirish / boshqa ishga oʻtkazish",
        "ишдан бўшатиш / лавозимини пасайтириш / бошқа ишга ўтказиш",
    ),
    ("korrupsiyaga oid huquqbuzarlik", "коррупцияга оид ҳуқуқбузарлик"),
    ("korrupsiyaviy xavf-xatar", "коррупциявий хавф-хатар"),
    ("korrupsiyaviy xavf-xatarlar xaritasi", "коррупциявий хавф-хатарлар харитаси"),
    ("korrupsiyaga moyil lavozimlar roʻyxati", "коррупцияга мойил лавозимлар рўйхати"),
    ("vazifa va funksiya", "вазифа ва функция"),
    ("ehtimollik / oqibat", "эҳтимоллик / оқибат"),
    ("past / oʻrta / yuqori", "паст / ўрта / юқори"),
    ("dastur («yoʻl xaritasi»)", "дастур («йўл харитаси»)"),
    ("manfaatlar toʻqnashuvi", "манфаатлар тўқнашуви"),
    ("deklaratsiya / xabarnoma", "декларация / хабарнома"),
    ("aloqador shaxslar / yaqin qarindoshlar", "алоқадор шахслар / яқин қариндошлар"),
    ("sovgʻa", "совға"),
    ("kontragent", "контрагент"),
    ("tegishli darajada ehtiyotkorlik", "тегишли даражада эҳтиёткорлик"),
    (
        "tender / eng yaxshi takliflarni tanlash / toʻgʻridan-toʻgʻri shartnoma",
        "тендер / энг яхши таклифларни танлаш / тўғридан-тўғри шартнома",
    ),
    ("nomzodni tekshirish", "номзодни текшириш"),
    ("tanishtirish", "таништириш"),
    ("Komplayens-nazorat xizmati", "Комплаенс-назорат хизмати"),
    (
        "korrupsiyaga qarshi ichki nazorat boʻlinmasi",
        "коррупцияга қарши ички назорат бўлинмаси",
    ),
    ("odob-axloq komissiyasi", "одоб-ахлоқ комиссияси"),
    ("Kuzatuv kengashi / Boshqaruv", "Кузатув кенгаши / Бошқарув"),
    ("kasaba uyushmasi qoʻmitasi", "касаба уюшмаси қўмитаси"),
    ("Korrupsiyaga qarshi kurashish agentligi", "Коррупцияга қарши курашиш агентлиги"),
    ("samaradorlik reytingi (reyting baholash)", "самарадорлик рейтинги (рейтинг баҳолаш)"),
    ("shaxsga doir maʼlumotlar", "шахсга доир маълумотлар"),
    ("audit jurnali", "аудит журнали"),
]

LOANWORDS = [
    ("rayon", "район"),
    ("Rayon RAYON", "Район РАЙОН"),
    ("kompleks", "комплекс"),
    ("sentabr", "сентябрь"),
    ("2026-yil 1-sentabrdan", "2026 йил 1 сентябрдан"),
    ("apreldagi", "апрелдаги"),
    ("5-maydon", "5-майдон"),
    ("obyekt, subyektlar", "объект, субъектлар"),
    ("sex, sexlar", "цех, цехлар"),
    ("protsess, litsenziya, abzats", "процесс, лицензия, абзац"),
    ("pensiya, instansiya", "пенсия, инстанция"),
    ("versiya, sessiya", "версия, сессия"),
    ("aksiyadorlik, inspeksiya", "акциядорлик, инспекция"),
    ("kompyuter, byudjet", "компьютер, бюджет"),
    ("karyer", "карьер"),
    ("parol, parolingiz", "пароль, паролингиз"),
    ("moʻjiza", "мўъжиза"),
    ("sink, volfram, sulfat", "цинк, вольфрам, сульфат"),
    ("relslar, razyezd, konveyer, sisterna", "рельслар, разъезд, конвейер, цистерна"),
    (
        "tabel, tabeli, vedomostda, nazorat va kontrol",
        "табель, табели, ведомостда, назорат ва контроль",
    ),
    ("kontrolyor, podyezdda, lager, vedomost", "контролёр, подъездда, лагерь, ведомость"),
    ("kommersiya, proporsiya, porsiya", "коммерция, пропорция, порция"),
    ("aksiz, veksel, konsorsium, kartel", "акциз, вексель, консорциум, картель"),
    ("defitsit, koeffitsiyent, spetsifikatsiya", "дефицит, коэффициент, спецификация"),
    ("patsiyent, ofitsiant, ofitsial, gospital", "пациент, официант, официал, госпиталь"),
    ("sikl, silindr, sirkulyar, baryer, 380 volt", "цикл, цилиндр, циркуляр, барьер, 380 вольт"),
    ("administrator, autentifikator, brauzer", "администратор, аутентификатор, браузер"),
    ("fayl, kod, server, skaner, seyf", "файл, код, сервер, сканер, сейф"),
    ("reyestr, proyekt, tarif, elektron", "реестр, проект, тариф, электрон"),
]

NATIVE = [
    ("hujjatsiz ketsin", "ҳужжатсиз кетсин"),  # t and s of a suffix are not ц
    ("pulsiz, pulsizlik, puls", "пулсиз, пулсизлик, пульс"),  # without money is no pulse
    ("sirka, voliy, tabiat, laganda", "сирка, волий, табиат, лаганда"),
    ("quyosh, tayyor, niyat", "қуёш, тайёр, ният"),
    ("yoʻq, Yoʻq, YOʻQ", "йўқ, Йўқ, ЙЎҚ"),
    ("daryo, dunyo", "дарё, дунё"),
    ("Ekran, aeroport, yer", "Экран, аэропорт, ер"),
    ("mashhur, Isʼhoq", "машҳур, Исҳоқ"),
    ("sharh Sharh SHARH", "шарҳ Шарҳ ШАРҲ"),
    ("EʼLON, Eʼlon", "ЭЪЛОН, Эълон"),
    ("togʻ, bogʻda, OLTINGUGURT", "тоғ, боғда, ОЛТИНГУГУРТ"),
    ("ong, tongi", "онг, тонги"),
    ("Ishonch", "Ишонч"),
]


@pytest.mark.parametrize(("latin", "cyrillic"), GLOSSARY)
def test_every_term_of_the_glossary_derives_exactly(latin: str, cyrillic: str) -> None:
    assert to_cyrillic(latin) == cyrillic


@pytest.mark.parametrize(("latin", "cyrillic"), LOANWORDS)
def test_a_loanword_takes_the_letters_cyrillic_spelling_keeps(latin: str, cyrillic: str) -> None:
    assert to_cyrillic(latin) == cyrillic


@pytest.mark.parametrize(("latin", "cyrillic"), NATIVE)
def test_letters_that_are_written_with_two_signs_become_one(latin: str, cyrillic: str) -> None:
    assert to_cyrillic(latin) == cyrillic


@pytest.mark.parametrize("typed", list("'`´‘’ʻʼ"))
def test_any_typed_apostrophe_is_read_as_the_letter_it_stands_for(typed: str) -> None:
    latin = f"o{typed}zbek, g{typed}alla, tog{typed}, ma{typed}lumot"
    assert normalise_apostrophes(latin) == "oʻzbek, gʻalla, togʻ, maʼlumot"
    assert to_cyrillic(latin) == "ўзбек, ғалла, тоғ, маълумот"


@pytest.mark.parametrize("quoted", ["'xabar'", "‘xabar’", "'salom', dedi"])
def test_an_apostrophe_around_a_word_is_a_quotation_mark_and_stays(quoted: str) -> None:
    assert normalise_apostrophes(quoted) == quoted


@pytest.mark.parametrize(
    "kept",
    [
        "%(name)s",
        "%(size)d",
        "%s",
        "100%%",
        "{day}",
        "<strong>",
        '<a href="/uz/report">',
        "&nbsp;",
        "&#8211;",
        "https://hydromet.uz/salom?q=yo",
        "salom@example.org",
        "portal.toml",
        "demo-accounts.json",
        "report.tar.gz",
        "agmk.uz",
        *sorted(LATIN_WORDS),
        "Windows",
        "office",
    ],
)
def test_what_is_not_uzbek_text_stays_as_it_is(kept: str) -> None:
    assert to_cyrillic(kept) == kept
    assert to_cyrillic(f"Bu {kept} va") == f"Бу {kept} ва"


def test_punctuation_and_numbers_around_words_stay() -> None:
    assert (
        to_cyrillic("«Yuborish» — 25 ta raqam, 8 ta soʻz.") == "«Юбориш» — 25 та рақам, 8 та сўз."
    )


@given(st.text(alphabet="abdefghijklmnopqrstuvxyzABDEFGHIJKLMNOPQRSTUVXYZʻʼ'’ -,0123456789"))
def test_no_latin_letter_is_left_in_uzbek_words(text: str) -> None:
    assert set(re.findall(r"[A-Za-z][A-Za-z0-9]*", to_cyrillic(text))) <= LATIN_WORDS


@given(st.text())
def test_any_text_derives_and_cyrillic_text_derives_to_itself(text: str) -> None:
    to_cyrillic(text)
    cyrillic = re.sub(r"[A-Za-z'`´‘’ʻʼ0-9]", "", text)
    assert to_cyrillic(cyrillic) == cyrillic
