"""Files of a reply that came back with something to correct: they wait, sealed, as those of a report do."""

from collections.abc import Sequence

from werkzeug.datastructures import MultiDict

from casework.dossiers.service import OpenDossier
from casework.web.services import office
from portal.drafts import Draft, draft_key, restore_draft, seal_draft
from portal.sealed_files import SealedFile
from portal.sessions import visit_secret


def kept_files(fields: MultiDict[str, str], opened: OpenDossier) -> tuple[SealedFile, ...]:
    """Give the files of an earlier try of a reply to this report, less those taken out."""
    here = office()
    draft = restore_draft(
        fields.get("draft", ""),
        _key(),
        blobs=here.blobs,
        now=here.clock(),
        lifetime=here.settings.draft_lifetime,
    )
    # Files of another report are sealed to its dossier: here nobody could open them.
    if draft is None or draft.dossier.recipient != opened.identity.recipient:
        return ()
    return draft.without(fields.getlist("remove_kept")).files


def keep_files(opened: OpenDossier, files: Sequence[SealedFile]) -> str:
    """Write the draft that brings these files back with the corrected page."""
    draft = Draft(opened.identity, None, tuple(files))
    return seal_draft(draft, _key(), now=office().clock())


def _key() -> bytes:
    return draft_key(office().settings.secret, visit_secret())
