"""A member's key wrapped under a password: the password is right if the wrap opens."""

import itertools
import unicodedata

import pytest
from argon2.low_level import Type, hash_secret_raw
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.boxes import seal_box
from crypto.errors import PasswordError
from crypto.passwords import (
    CHEAP,
    OWASP_MINIMUM,
    PROFILES,
    RFC9106_SECOND,
    PasswordFault,
    Profile,
    decoy_wrap,
    derive,
    needs_rehash,
    password_problem,
    unwrap_identity,
    wrap_identity,
)
from crypto.recipients import Identity

IDENTITY = Identity(bytes(range(32)))
PASSWORD = "uch oq tulki, besh tosh"
WRAP = wrap_identity(IDENTITY, PASSWORD, CHEAP)
HEAD, BOX = WRAP[:-80], WRAP[-80:]
OLD_WRAP = bytes.fromhex(
    "6973686f6e63682f777261702f7631206172676f6e326964206d3d382c743d312c703d312031386634656261643763343338626163353331333235386533326130336463360acfa3150659192c14516f57f67f6ef57e7eb3f6f2a6744dbf27ab6e4854f90f52fac5faf4bddb5058c2b9d6668ea2f2abede8cf6361c6ec05e045b3d3d02a02432c9f4ab61a646a7f1d1bbc7cf6acab10"
)


def refuses(wrapped: bytes, password: str = PASSWORD) -> None:
    with pytest.raises(PasswordError) as refused:
        unwrap_identity(wrapped, password)
    assert str(refused.value) == "the password does not open this key"


def test_the_profiles_are_the_published_ones() -> None:
    assert [(p.memory_kib, p.time_cost, p.parallelism) for p in PROFILES.values()] == [
        (19 * 1024, 2, 1),
        (64 * 1024, 3, 4),
        (8, 1, 1),
    ]
    assert list(PROFILES) == [OWASP_MINIMUM.name, RFC9106_SECOND.name, CHEAP.name]


def test_derive_is_argon2id_of_rfc_9106() -> None:
    """The parameters in the order of the profile, and 32 bytes; RFC 9106's own vector has inputs we never use."""
    profile = Profile("odd", 64, 3, 2)
    expected = hash_secret_raw(b"secret", bytes(16), 3, 64, 2, 32, Type.ID, 19)
    assert derive(b"secret", bytes(16), profile) == expected


@pytest.mark.parametrize("profile", [CHEAP, Profile("other", 64, 2, 2)])
def test_a_wrapped_key_opens_with_its_password(profile: Profile) -> None:
    assert unwrap_identity(wrap_identity(IDENTITY, PASSWORD, profile), PASSWORD) == IDENTITY


def test_a_key_wrapped_long_ago_still_opens() -> None:
    """Another result here, and every member has lost their key."""
    assert unwrap_identity(OLD_WRAP, PASSWORD) == IDENTITY


def test_a_wrap_says_how_it_was_made_and_nothing_else() -> None:
    head, salt = HEAD.decode().rsplit(" ", 1)
    assert head == "ishonch/wrap/v1 argon2id m=8,t=1,p=1"
    assert len(bytes.fromhex(salt)) == 16
    assert len(BOX) == 80
    assert IDENTITY.seed not in WRAP


def test_no_two_wraps_share_a_salt() -> None:
    """F11."""
    wraps = [wrap_identity(IDENTITY, PASSWORD, CHEAP) for _ in range(200)]
    assert len({wrap[:-80] for wrap in wraps}) == len(wraps)


@pytest.mark.parametrize(
    "other", ["", PASSWORD + " ", PASSWORD.upper(), PASSWORD + "\0", PASSWORD[:-1]]
)
def test_another_password_does_not_open_it(other: str) -> None:
    """A11. A NUL neither ends a password nor stops the program."""
    refuses(WRAP, other)


def test_what_follows_a_nul_counts() -> None:
    """A11."""
    wrapped = wrap_identity(IDENTITY, "before\0after", CHEAP)
    assert unwrap_identity(wrapped, "before\0after") == IDENTITY
    refuses(wrapped, "before")
    refuses(wrapped, "before\0other")


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_password_is_the_same_however_the_keyboard_spells_it(form: str) -> None:
    """A10."""
    password = "\u00c4pfel \u0439\u043e\u0434 \ufb01ne \uff11\uff12 \u017cyto"
    wrapped = wrap_identity(IDENTITY, password, CHEAP)
    typed = unicodedata.normalize(form, password)  # type: ignore[arg-type]
    assert unwrap_identity(wrapped, typed) == IDENTITY


def test_half_a_character_is_a_wrong_password_and_no_failure() -> None:
    """A10."""
    refuses(WRAP, "\ud800" * 12)


def resealed(head: bytes, password: str) -> bytes:
    """Make a wrap that would open if it were tried: sealed at the cheap cost, whatever its head claims."""
    salt = bytes.fromhex(head.decode().rsplit(" ", 1)[1])
    secret = unicodedata.normalize("NFKC", password).encode()
    return head + seal_box(derive(secret, salt, CHEAP), IDENTITY.seed, head)


@pytest.mark.parametrize(
    "password",
    ["x" * 1025, "\u0449" * 513, "\ufdfa" * 100, "x" * 10_000_000, "\u0301" * 10_000_000],
    ids=["1025 letters", "1026 bytes", "1800 letters once normalised", "10 MB", "10 MB of accents"],
)
def test_a_password_beyond_all_measure_is_not_hashed(password: str) -> None:
    """A9. This wrap would open if the password were tried."""
    refuses(resealed(HEAD, password), password)
    with pytest.raises(PasswordError):
        wrap_identity(IDENTITY, password, CHEAP)


def test_a_password_of_just_the_measure_is_hashed() -> None:
    """A9."""
    for password in ("x" * 1024, "\u0449" * 512):
        assert unwrap_identity(wrap_identity(IDENTITY, password, CHEAP), password) == IDENTITY


@pytest.mark.parametrize(
    "cost",
    [
        b"m=1073741824,t=1,p=1",
        b"m=262145,t=1,p=1",
        b"m=8,t=9,p=1",
        b"m=8,t=4294967295,p=1",
        b"m=72,t=1,p=9",
        b"m=7,t=1,p=1",
        b"m=15,t=1,p=2",
        b"m=0,t=1,p=1",
        b"m=8,t=0,p=1",
        b"m=8,t=1,p=0",
        b"m=-8,t=1,p=1",
        b"m=08,t=1,p=1",
        b"m=8,t=01,p=1",
        b"m=8, t=1, p=1",
        b"t=1,m=8,p=1",
        b"m=8,t=1,p=1,x=1",
        b"m=\xd9\xa8,t=1,p=1",
    ],
)
def test_a_row_cannot_ask_for_a_terabyte(cost: bytes) -> None:
    """A9."""
    head = HEAD.replace(b"m=8,t=1,p=1", cost)
    with pytest.raises(PasswordError):
        needs_rehash(head + BOX, CHEAP)
    refuses(head + BOX)


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        BOX,
        HEAD,
        WRAP[1:],
        WRAP[:-1],
        WRAP + b"\0",
        b" " + WRAP,
        WRAP.replace(b"/v1", b"/v2"),
        WRAP.replace(b"argon2id", b"argon2d"),
        WRAP.replace(b"\n", b"\r\n", 1),
        HEAD.replace(b"\n", b" \n") + BOX,
        HEAD[:-1] + b"0\n" + BOX,
        HEAD + b"\n" + BOX,
        HEAD[:-2] + b"\n" + BOX,
        HEAD[:-2] + b"G\n" + BOX,
        b"x" * 10_000_000,
    ],
    ids=itertools.count(),
)
def test_what_is_no_wrap_of_ours_is_refused_with_the_same_words(damaged: bytes) -> None:
    """F10."""
    with pytest.raises(PasswordError):
        needs_rehash(damaged, CHEAP)
    refuses(damaged)


def test_a_wrap_with_any_byte_changed_does_not_open() -> None:
    """F10."""
    for place in range(len(WRAP)):
        changed = bytearray(WRAP)
        changed[place] ^= 1
        # Some changes of the parameters are lawful and dear; Argon2 bears those within the bounds.
        refuses(bytes(changed))


def test_nobody_makes_a_wrap_that_nobody_reads() -> None:
    for profile in (
        Profile("nothing", 0, 0, 0),
        Profile("dear", 262145, 1, 1),
        Profile("long", 8, 9, 1),
    ):
        with pytest.raises(ValueError, match="spend"):
            wrap_identity(IDENTITY, PASSWORD, profile)


def test_a_wrap_of_an_old_profile_is_made_anew() -> None:
    """A27."""
    assert needs_rehash(WRAP, RFC9106_SECOND)
    assert needs_rehash(decoy_wrap(OWASP_MINIMUM), RFC9106_SECOND)
    assert not needs_rehash(decoy_wrap(RFC9106_SECOND), RFC9106_SECOND)
    assert not needs_rehash(WRAP, Profile("the same cost under another name", 8, 1, 1))


def test_a_decoy_looks_and_costs_as_a_wrap_does_and_never_opens() -> None:
    """A1."""
    decoy = decoy_wrap(CHEAP)
    assert len(decoy) == len(WRAP)
    assert decoy.split(b" ")[:3] == WRAP.split(b" ")[:3]
    assert decoy != decoy_wrap(CHEAP)
    for password in ("", PASSWORD, "x" * 12):
        refuses(decoy, password)


def test_trying_a_decoy_hashes_as_trying_a_wrap_does() -> None:
    """A1. A decoy's line is a real one: with a box made for it, it opens, so it is the hashing that decides."""
    head = decoy_wrap(CHEAP)[:-80]
    assert unwrap_identity(resealed(head, PASSWORD), PASSWORD) == IDENTITY


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", PasswordFault.SHORT),
        ("elevenchars", PasswordFault.SHORT),
        ("e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", PasswordFault.SHORT),
        ("x" * 1025, PasswordFault.LONG),
        ("x" * 10_000_000, PasswordFault.LONG),
        ("\u0449" * 600, PasswordFault.LONG),
        ("dilnoza-dilnoza-1", PasswordFault.NAME),
        ("DILNOZA2026!", PasswordFault.NAME),
        ("\uff24ilnoza2026!", PasswordFault.NAME),
        ("aaaaaaaaaaaaaaaa", PasswordFault.COMMON),
        ("abababababab", PasswordFault.COMMON),
        ("password1234", PasswordFault.COMMON),
        ("Password123456", PasswordFault.COMMON),
        ("123456789012", PasswordFault.COMMON),
        ("1234567890123", PasswordFault.COMMON),
        ("qwertyuiop123", PasswordFault.COMMON),
        ("QwertyQwerty1!", PasswordFault.COMMON),
        ("йцукенгшщзхъ", PasswordFault.COMMON),
        ("парольпароль", PasswordFault.COMMON),
        ("adminadmin123", PasswordFault.COMMON),
    ],
)
def test_a_poor_password_is_refused_with_the_reason(password: str, fault: PasswordFault) -> None:
    assert password_problem(password, "dilnoza") is fault


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "correct horse",
        "yaxshi-kun-bugun",
        "жук в большой луже",
        "dilnoza sees 3 foxes",
    ],
)
def test_a_good_password_is_taken(password: str) -> None:
    assert password_problem(password, "dilnoza") is None
    assert password_problem(password, "") is None


def test_a_name_of_two_letters_spoils_no_password() -> None:
    assert password_problem("lilies in line", "li") is None


@settings(deadline=None)
@given(st.text(max_size=60))
def test_a_password_that_may_be_set_opens_what_it_wrapped(password: str) -> None:
    """A10. A11."""
    if password_problem(password, "user") is None:
        assert unwrap_identity(wrap_identity(IDENTITY, password, CHEAP), password) == IDENTITY
