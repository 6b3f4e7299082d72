"""One function cleans any file: by what its bytes say it is, whatever its name says."""

from typing import NamedTuple

from casework.evidence.cleaning import office_files, pdfs, pictures
from casework.evidence.cleaning.faults import CannotBeCleaned, CleaningFault
from casework.evidence.cleaning.limits import MAX_BYTES

# A PDF may begin with something else, and readers take it all the same.
_PDF_WITHIN = 1024


class Cleaned(NamedTuple):
    """A cleaned copy: the ending its name should have, and its bytes."""

    suffix: str
    content: bytes


def clean(data: bytes) -> Cleaned:
    """Give a copy without metadata; raises CannotBeCleaned, and nothing else, whatever the bytes are."""
    if len(data) > MAX_BYTES:
        raise CannotBeCleaned(CleaningFault.TOO_LARGE)
    try:
        return _clean(data)
    except CannotBeCleaned:
        raise
    except MemoryError as error:
        raise CannotBeCleaned(CleaningFault.TOO_LARGE) from error
    # The parsers of three libraries, fed with what somebody made to break them, raise what they like. Nothing of the
    # office's own runs in here.
    except Exception as error:
        raise CannotBeCleaned(CleaningFault.DAMAGED) from error


def _clean(data: bytes) -> Cleaned:
    if pictures.is_picture(data):
        return Cleaned(*pictures.clean_picture(data))
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return Cleaned("pdf", pdfs.clean_pdf(data))
    if data.startswith(b"PK\x03\x04"):
        return Cleaned(*office_files.clean_office_file(data))
    raise CannotBeCleaned(CleaningFault.KIND)
