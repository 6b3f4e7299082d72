"""The page of a case's evidence register: its items, what may be done with each, and the forms to do it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from casework.cases import work
from casework.cases.states import CaseAction
from casework.evidence.states import CustodyAction, ItemState
from casework.web.access import actor
from casework.web.case_page import CasePage
from casework.web.evidence_reading import EvidenceView, ShownItem, evidence_view
from casework.web.forms.evidence import CiteForm, CopyForm, ExportForm, ReasonForm, RegisterForm
from casework.web.kept_files import draft_with_new_files
from casework.web.services import office
from portal.errors import NotFound
from portal.forms.fields import Form
from portal.sealed_files import SealedFile
from portal.uploads import sealed_files
from portal.views.kept import write_draft


class EvidencePage(CasePage):
    """The evidence of a case in the hands of the member at work."""

    endpoint = "evidence.show"

    @cached_property
    def evidence(self) -> EvidenceView:
        """All that the page shows."""
        return evidence_view(self.db, self.opened, actor(), self.standing.actions)

    @cached_property
    def forms(self) -> dict[str, Form]:
        """The forms of the page, by name."""
        held = [one for one in self.evidence.items if CustodyAction.EXPORT in one.actions]
        return {
            "register": RegisterForm(prefix="register"),
            "copy": CopyForm(prefix="copy"),
            "export": ExportForm.of([(one.id, item_label(one)) for one in held]),
        }

    @cached_property
    def item_forms(self) -> dict[str, dict[str, Form]]:
        """The forms of each item, by its id and their names."""
        stated = work.allegations_of(self.db, self.opened.dossier.id)
        return {
            item.id: {
                "return": ReasonForm(prefix=f"return{item.number}"),
                "destroy": ReasonForm(prefix=f"destroy{item.number}"),
                "cite": CiteForm.of(
                    item.number,
                    [
                        (one.id, str(one.number))
                        for one in stated
                        if (one.id, one.number) not in item.cited
                    ],
                ),
            }
            for item in self.evidence.items
        }

    def item_form(self, item_id: str, name: str) -> Form:
        """Give a form of an item of this case; raises NotFound for any other (F1)."""
        if item_id not in self.item_forms:
            raise NotFound
        return self.item_forms[item_id][name]

    def take_over(
        self, verb: Callable[..., object], files: Sequence[SealedFile], *given: Any
    ) -> ResponseReturnValue:
        """Do something to the case that takes files over, and show it again; what is refused leaves no file."""
        taken: list[str] = []

        def taking(*all_given: Any, **more: Any) -> None:
            verb(*all_given, **more)
            sealed_files().keep()
            taken.extend(file.blob.id for file in files)

        answer = self.act(taking, *given)
        office().blobs.publish(taken)
        return answer

    def show(self, *, sent: Form | None = None, problem: str = "") -> str:
        """Show the page; `sent` is the form that is to be corrected. Files that came with it wait for the next try."""
        here, draft = office(), draft_with_new_files(self.opened)
        return render_template(
            "casework/evidence.html",
            form=sent or self.forms["copy"],
            forms_of=self.forms,
            item_forms=self.item_forms,
            problem=problem,
            case_id=self.opened.dossier.id,
            evidence=self.evidence,
            held=ItemState.HELD.value,
            version=self.opened.dossier.version,
            actions=self.standing.actions,
            barred=self._is_barred(CaseAction.DESTROY_EVIDENCE),
            draft=write_draft(draft),
            kept_files=draft.files if draft else (),
            limits={"bytes": here.settings.report_limit, "files": here.settings.report_files},
        )


def item_label(item: ShownItem) -> str:
    """Name an item in a list: its number, and its file or what it is."""
    return f"{item.number}. {item.name or item.description or item.kind}"
