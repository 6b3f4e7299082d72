"""Alembic's entry for the mailbox database."""

from portal.database import run_migrations
from portal.mailbox.models import MailboxModel

run_migrations(MailboxModel.metadata)
