"""A cleaned copy of an item on its way: read, cleaned and sealed again, in memory, while no transaction is open."""

from casework.cases.service import get_case
from casework.evidence.cleaning.faults import CannotBeCleaned, CleaningFault
from casework.evidence.cleaning.limits import MAX_BYTES
from casework.evidence.cleaning.process import cleaned
from casework.evidence.reading import ItemFile, file_of
from casework.evidence.service import item_of
from casework.web.access import actor
from casework.web.services import office
from crypto.recipients import Recipient
from portal.sealed_files import SealedFile, SealingFile
from portal.uploads import sealed_files


def cleaned_copy(case_id: str, item_id: str) -> SealedFile:
    """Make a cleaned copy of an item and seal it to the case; raises CannotBeCleaned, Busy, NotFound, OpenError, OSError.

    It dies with the request unless somebody keeps it.
    """
    with office().database.reading() as db:
        opened = get_case(db, actor(), case_id)
        item = item_of(db, opened, item_id)
        file, recipient = file_of(db, opened, item, actor()), opened.identity.recipient
        name = f"copy-of-{item.number}"
    suffix, content = cleaned(_whole(file))
    return _sealed(content, f"{name}.{suffix}", recipient)


def _whole(file: ItemFile) -> bytes:
    if file.attachment.size > MAX_BYTES:
        raise CannotBeCleaned(CleaningFault.TOO_LARGE)
    return b"".join(file.chunks(office().post.store_of(file.attachment.blob)))


def _sealed(content: bytes, name: str, recipient: Recipient) -> SealedFile:
    sealing = SealingFile(sealed_files().stage(office().blobs), [recipient])
    sealing.write(content)
    # The original's name may say more than its owner would: whose telephone it was, whom it is about.
    return sealing.finish(name)
