"""Files sent with a form of the office: those of this request, and those that wait for a corrected page."""

from flask import request
from werkzeug.datastructures import MultiDict

from casework.dossiers.models import Dossier
from casework.dossiers.service import OpenDossier
from portal.drafts import Draft
from portal.sealed_files import SealedFile
from portal.uploads import sealed_files
from portal.views.kept import files_are_gone, kept_draft, lost_files


def draft_for(fields: MultiDict[str, str], opened: OpenDossier[Dossier]) -> Draft | None:
    """Give the files of an earlier try for this dossier, less those taken out.

    Files of another dossier are sealed to that one: here nobody could open them.
    """
    draft = kept_draft(fields)
    return draft if draft and draft.dossier.recipient == opened.identity.recipient else None


def draft_with_new_files(opened: OpenDossier[Dossier]) -> Draft | None:
    """Give all files that arrived with this page or an earlier one, for the next try."""
    draft, files = draft_for(request.form, opened), sealed_files().files
    if not files:
        return draft
    sealed_files().keep()
    return (draft or Draft(opened.identity, None, ())).with_files(files)


def lost_files_of(opened: OpenDossier[Dossier]) -> str:
    """Say which files of an earlier try are not here: gone, or another dossier's. Nothing goes without them unsaid."""
    foreign = kept_draft(request.form) and not draft_for(request.form, opened)
    return files_are_gone() if foreign else lost_files(request.form)


def files_for(opened: OpenDossier[Dossier]) -> tuple[SealedFile, ...]:
    """Give the files of this request and of an earlier try, in order."""
    draft = draft_for(request.form, opened)
    return (*(draft.files if draft else ()), *sealed_files().files)
