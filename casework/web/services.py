"""What the office's requests work with, beside what both sides have."""

from dataclasses import dataclass

from flask import current_app

from casework.post.service import Post
from portal.services import Services
from portal.settings import OfficeSettings


@dataclass(kw_only=True)
class OfficeServices(Services):
    """The office's services: `blobs` are its own; the mailbox store's are the post's business."""

    settings: OfficeSettings
    post: Post


def office() -> OfficeServices:
    """Give the services of the running office."""
    here: OfficeServices = current_app.extensions["ishonch"]
    return here
