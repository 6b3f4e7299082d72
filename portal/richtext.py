"""The one place where text becomes HTML: pages the organisation's own people wrote, cleaned to a few plain elements.

Nothing an informant wrote ever comes here. No attribute survives, so no link, image, style or script does (C3, C4).
"""

import bleach
from markupsafe import Markup

_ELEMENTS = frozenset({"p", "ul", "ol", "li", "strong", "em", "h2", "h3"})


def staff_authored(html: str) -> Markup:
    """Clean a text of the organisation profile; what is not allowed is dropped, its words stay."""
    return Markup(bleach.clean(html, tags=_ELEMENTS, attributes={}, strip=True))  # noqa: S704 - cleaned here
