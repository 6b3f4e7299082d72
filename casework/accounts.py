"""Accounts made from the command line: the first administrator of an instance, and those of a demonstration."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
from sqlalchemy.orm import Session

from casework.staff import roster as rosters
from casework.staff import service as staff
from casework.staff.errors import PositionUnfit
from casework.staff.rules import STEP_SECONDS
from casework.staff.states import Role
from casework.web.roster_file import write_roster
from crypto.passwords import Profile
from portal.clock import local_date
from portal.database import Database
from portal.organisation import Organisation, load_organisation
from portal.settings import OfficeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """Who is to get an account; the position is an id of the profile, or None for an administrator."""

    username: str
    name: str
    role: Role
    position: str | None = None


class Accounts:
    """The accounts of one instance, worked on without a browser."""

    def __init__(
        self, settings: OfficeSettings, now: datetime, organisation: Organisation | None = None
    ) -> None:
        self.settings = settings
        self.now = now
        self.organisation = organisation or load_organisation(settings.profile)
        self.today = local_date(now, self.organisation.timezone)
        self.database = Database(settings.casework_url)

    @property
    def profile(self) -> Profile:
        """What a staff password costs."""
        return self.settings.staff_profile

    def invite(self, account: NewAccount) -> str:
        """Make an account that waits for its person; give the invitation code. Raises StaffError."""
        with self.database.transaction() as db:
            return self._invite(db, account)

    def enrol(self, account: NewAccount, password: str, totp_secret: str) -> str:
        """Make the whole account of somebody who sits here, or nothing of it; give the recovery code. Raises StaffError.

        It is activated with the code before the present one, so that the present one is still good for signing in.
        """
        before = self.now - timedelta(seconds=STEP_SECONDS)
        with self.database.transaction() as db:
            enrolment = staff.begin_enrolment(
                db,
                username=account.username,
                code=self._invite(db, account),
                password=password,
                profile=self.profile,
                today=self.today,
            )
            return staff.finish_enrolment(
                db,
                replace(enrolment, totp_secret=totp_secret),
                code=pyotp.TOTP(totp_secret).at(before),
                profile=self.profile,
                now=self.now,
                today=self.today,
            )

    def give_roster_key(self, seed: bytes) -> None:
        """Seal the private half of the roster key to the administrators."""
        with self.database.transaction() as db:
            staff.share_roster_key(db, seed)

    def sign_roster(self, seed: bytes, by: str | None = None) -> Path:
        """Sign the list of receivers as the accounts are now; raises ValueError if there is nobody to name."""
        with self.database.transaction() as db:
            note = rosters.signed_roster(
                db,
                self.organisation,
                verifier=self.settings.roster_verifier,
                seed=seed,
                now=self.now,
                today=self.today,
                by=by,
            )
            staff.share_roster_key(db, seed)
        write_roster(self.settings.roster, note)
        return self.settings.roster

    def _invite(self, db: Session, account: NewAccount) -> str:
        position = self.organisation.position(account.position) if account.position else None
        if account.position and position is None:
            raise PositionUnfit
        return staff.invite(
            db,
            username=account.username,
            name=account.name,
            role=account.role,
            position=position,
            now=self.now,
            today=self.today,
        )

    def close(self) -> None:
        """Let go of the database."""
        self.database.engine.dispose()
