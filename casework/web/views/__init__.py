"""The office's pages, one module for each capability."""

from flask import Flask

from casework.web.views import (
    account,
    audit,
    case_end,
    case_work,
    cases,
    clocks,
    ending,
    enrolment,
    evidence,
    evidence_custody,
    inbox,
    interests,
    login,
    readers,
    staff,
    triage,
    week,
)


def register(app: Flask) -> None:
    """Add the pages to the app."""
    for module in (
        login,
        enrolment,
        week,
        inbox,
        triage,
        cases,
        case_work,
        readers,
        case_end,
        clocks,
        ending,
        evidence,
        evidence_custody,
        interests,
        account,
        staff,
        audit,
    ):
        app.register_blueprint(module.bp)
