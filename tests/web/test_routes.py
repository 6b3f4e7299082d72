from tests.web.routes import LIST, listed


def test_the_routes_and_who_may_come_to_them_are_those_written_down() -> None:
    """F4. Changed on purpose? `python -m tests.web.routes`, and read the difference."""
    assert listed() == LIST.read_text()


def test_no_route_is_left_undeclared() -> None:
    """F4."""
    assert "CLOSED" not in listed()


def test_no_route_carries_a_secret() -> None:
    """B14. Only ids and file names stand in addresses."""
    placeholders = {part.split(">")[0] for part in listed().split("<")[1:]}
    names = {placeholder.rpartition(":")[2] for placeholder in placeholders}
    assert names <= {
        "language",
        "filename",
        "blob_id",
        "letter_id",
        "report_id",
        "reply_id",
        "staff_id",
        "case_id",
        "allegation_id",
        "task_id",
        "member_id",
        "dossier_id",
        "kind",
        "item_id",
        "interest_id",
        "track",
        "clock_id",
        "act",
        "number",
    }
