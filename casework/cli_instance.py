"""What all commands on an instance have in common: where it is, and how its problems are said."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from portal.organisation import ProfileError
from portal.settings import SettingsError

INSTANCE = click.option(
    "--instance",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("instance"),
    show_default=True,
    help="The instance's folder.",
)


def tells_problems(command: Callable[..., Any]) -> Callable[..., Any]:
    """Say what is wrong with the settings or the profile line by line, instead of a traceback."""

    @wraps(command)
    def telling(**options: Any) -> Any:
        try:
            return command(**options)
        except (SettingsError, ProfileError) as error:
            raise click.ClickException("\n".join(error.problems)) from error
        except SQLAlchemyError as error:
            raise click.ClickException(
                "A database cannot be reached or is not up to date. Run `ishonch check`."
            ) from error

    return telling
