"""Files that wait for the corrected page: what the report form and the message form share of drafts."""

from flask import g
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.drafts import Draft, draft_key, restore_draft, seal_draft
from portal.services import services
from portal.sessions import visit_secret


def kept_draft(fields: MultiDict[str, str]) -> Draft | None:
    """Restore, once a request, the files of an earlier try, less those the person took out."""
    if "draft" not in g:
        here = services()
        g.draft = restore_draft(
            fields.get("draft", ""),
            draft_key(here.settings.secret, visit_secret()),
            blobs=here.blobs,
            now=here.clock(),
            lifetime=here.settings.draft_lifetime,
        )
    draft: Draft | None = g.draft
    return draft.without(fields.getlist("remove_kept")) if draft else None


def write_draft(draft: Draft | None) -> str:
    """Write a draft for the next page; nothing where no file is kept."""
    if draft is None or not draft.files:
        return ""
    here = services()
    key = draft_key(here.settings.secret, visit_secret())
    return seal_draft(draft, key, now=here.clock())


def lost_files(fields: MultiDict[str, str]) -> str:
    """Say which files of an earlier try are no longer here, or nothing.

    The page said that they need not be added again: nothing is taken without a word about them.
    """
    draft = kept_draft(fields)
    if draft is None:
        return files_are_gone() if fields.get("draft") else ""
    if not draft.missing:
        return ""
    return str(
        _(
            "This was NOT received: these files are no longer here: %(names)s. "
            "Add them again, or send it without them.",
            names=", ".join(draft.missing),
        )
    )


def files_are_gone() -> str:
    """Say that all files of an earlier try are no longer here."""
    return str(
        _(
            "This was NOT received: the files you added before are no longer here. "
            "Add them again, or send it without them."
        )
    )
