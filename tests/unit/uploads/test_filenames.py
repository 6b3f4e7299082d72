"""File names of any script survive; what deceives or breaks does not."""

import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.wrappers import Response

from portal.filenames import FALLBACK, display_name, download_headers, extension

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=400)
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@pytest.mark.parametrize(
    "name",
    [
        "report.pdf",
        "внутреннее расследование.docx",
        "内部.pdf",
        "oʻzbekcha gʻijjak.txt",
        "ўзбекча ғижжак.txt",
        "تقرير.pdf",
        "می‌خواهم.txt",
        "👩‍🔧.jpg",
        "archive.tar.gz",
        "no extension",
        "50% off & more; 'quoted' #1.txt",
        "%2e%2e%2fetc",
    ],
)
def test_an_honest_name_of_any_script_is_kept(name: str) -> None:
    """C14."""
    assert display_name(name) == name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\me\\scan.pdf", "scan.pdf"),
        ("C:scan.pdf", "C_scan.pdf"),
        ("/abs/", FALLBACK),
        ("a\0b.txt", "ab.txt"),
        ("..", FALLBACK),
        (".", FALLBACK),
    ],
)
def test_a_path_is_cut_to_its_last_part(raw: str, shown: str) -> None:
    """C11."""
    assert display_name(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("Com1 .log", "_Com1 .log"),
        ("lpt¹", "_lpt¹"),
        ("CONIN$", "_CONIN$"),
        ("console.txt", "console.txt"),
        ("name.", "name"),
        ("name . . ", "name"),
        (" name ", "name"),
        ("", FALLBACK),
        ("....", FALLBACK),
        ("   ", FALLBACK),
        (".htaccess", "_.htaccess"),
        ('a<b>c:d"e|f?g*h.txt', "a_b_c_d_e_f_g_h.txt"),
    ],
)
def test_a_name_a_file_system_trips_over_is_made_harmless(raw: str, shown: str) -> None:
    """C13."""
    assert display_name(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\u202egpj.exe", "a_gpj.exe"),
        ("a\u2067fdp.scr", "a_fdp.scr"),
        ("invoice.pdf" + " " * 100 + ".exe", "invoice.pdf .exe"),
        ("invoice.pdf" + "\u3000" * 100 + ".exe", "invoice.pdf .exe"),
        ("in\u200bvisi\u00adble.txt", "invisible.txt"),
        ("line\r\nbreak\u2028.txt", "linebreak .txt"),
        ("bell\x07\x1b[31m.txt", "bell[31m.txt"),
        ("tag\U000e0041.txt", "tag.txt"),
        ("lone\ud800.txt", "lone_.txt"),
    ],
)
def test_what_deceives_a_reader_is_removed_or_made_visible(raw: str, shown: str) -> None:
    """C15, C18."""
    assert display_name(raw) == shown


def test_names_are_one_normal_form() -> None:
    assert display_name("Иу\u0306.txt") == "Иў.txt"


@pytest.mark.parametrize("letter", ["a", "ў", "内", "👩"])
@pytest.mark.parametrize("suffix", [".pdf", ".tar.gz", ""])
def test_a_name_of_many_bytes_is_cut_between_characters_and_keeps_its_extension(
    letter: str, suffix: str
) -> None:
    """C13."""
    shown = display_name(letter * 300 + suffix)
    assert 250 <= len(shown.encode()) <= 255
    assert extension(shown) == suffix.rpartition(".")[2]
    assert set(shown.removesuffix(suffix)) <= {letter} | set(suffix)


def test_an_endless_extension_is_no_extension() -> None:
    """C13."""
    shown = display_name("a." + "b" * 300)
    assert len(shown.encode()) == 255
    assert extension(shown) == ""


def test_the_extension_is_the_last_one_whatever_stands_before() -> None:
    """C15."""
    assert extension("invoice.pdf.exe") == "exe"
    assert extension("none") == ""
    assert extension(".hidden") == ""


@settings(deadline=None)
@given(ANY_TEXT)
@example("\u037e.con")
@example("CON" + "." * 300)
@example("a" * 254 + "\u0301.txt")
def test_every_text_becomes_a_name_that_is_safe_and_stays_as_it_is(raw: str) -> None:
    """C10, C11, C13, C15."""
    shown = display_name(raw)
    assert display_name(shown) == shown
    assert 1 <= len(shown.encode()) <= 255
    assert not set(shown) & set('/\\<>:"|?*' + BIDI)
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in shown)
    assert shown == shown.strip(" ").rstrip(".")
    assert not shown.startswith(".")


@settings(deadline=None)
@given(ANY_TEXT)
@example("a\r\nSet-Cookie: x=1")
@example('";filename=evil.html;x="')
@example("\ud800\udfff\t\x7f")
def test_no_text_breaks_the_headers_of_a_download(raw: str) -> None:
    """C8, C10: Werkzeug refuses CR and LF with a 500; here no name ever gets that far."""
    response = Response(b"", headers=download_headers(raw))
    headers = dict(response.headers)
    assert set(headers) == {
        "Content-Type",
        "Content-Disposition",
        "Content-Length",
        "X-Content-Type-Options",
        "Content-Security-Policy",
    }
    disposition = headers["Content-Disposition"]
    assert disposition.isascii()
    assert disposition.isprintable()
    plain, starred = disposition.removeprefix('attachment; filename="').split(
        "\"; filename*=UTF-8''"
    )
    assert '"' not in plain + starred
    assert "\\" not in plain
    assert unquote(starred, errors="strict") == display_name(raw)


def test_a_download_is_inert() -> None:
    """C8."""
    headers = download_headers("page.html")
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Content-Disposition"].startswith("attachment;")


def test_a_download_keeps_a_name_of_any_script_beside_an_ascii_one() -> None:
    """C14."""
    assert download_headers("内部 1%.pdf")["Content-Disposition"] == (
        "attachment; filename=\"__ 1_.pdf\"; filename*=UTF-8''%E5%86%85%E9%83%A8%201%25.pdf"
    )
