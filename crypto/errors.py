"""All that can go wrong in this package. None of these says more than a stranger may know."""

from enum import StrEnum


class CryptoError(Exception):
    """The family."""


class OpenError(CryptoError):
    """Something sealed does not open: the wrong key, damage, truncation. Which of them is nobody's business."""

    def __init__(self) -> None:
        super().__init__("this cannot be opened")


class EncodingError(CryptoError):
    """A key, a note or another text of ours that is not written the one way it can be written."""


class ProofError(CryptoError):
    """A checkpoint, a cosignature or a proof does not show what it should. Which part fails is nobody's business."""

    def __init__(self) -> None:
        super().__init__("this proves nothing")


class TokenFault(StrEnum):
    """What is wrong with a typed token, as far as can be seen without looking anything up."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    LENGTH = "length"
    CHECK = "check"


class TokenError(CryptoError):
    """A typed token that cannot be one; `kind` says why."""

    def __init__(self, kind: TokenFault) -> None:
        super().__init__(f"this is not a case token: {kind}")
        self.kind = kind


class PasswordError(CryptoError):
    """The password does not open this key, or the wrapped key is damaged."""

    def __init__(self) -> None:
        super().__init__("the password does not open this key")


class RecoveryCodeError(PasswordError):
    """A recovery code that is mistyped, as its own check shows: nothing was looked up or tried."""
