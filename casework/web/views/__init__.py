"""The office's pages, one module for each capability."""

from flask import Flask

from casework.web.views import (
    audit,
    case_end,
    case_readers,
    case_work,
    cases,
    enrolment,
    inbox,
    login,
    staff,
    triage,
)


def register(app: Flask) -> None:
    """Add the pages to the app."""
    for module in (
        login,
        enrolment,
        inbox,
        triage,
        cases,
        case_work,
        case_readers,
        case_end,
        staff,
        audit,
    ):
        app.register_blueprint(module.bp)
