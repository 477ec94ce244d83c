"""HTML and SVG built of tags: text is always escaped, so that what a feed says is never obeyed."""

import re
from collections.abc import Iterable
from html import escape
from typing import Final

# HTML has no place for control characters, UTF-8 none for halves of surrogate pairs.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_VOID: Final = frozenset({"meta", "br", "hr"})


class Html(str):
    """Finished markup. Every other string is text."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: object) -> Html:
    """Return one element. `class_` and `aria_label` are written `class` and `aria-label`.

    Children are markup, text, numbers or lists of them; an attribute that is None is left out.
    """
    told = "".join(
        f' {key.strip("_").replace("_", "-")}="{escape(_fit(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{told}>")
    return Html(f"<{name}{told}>{''.join(map(_markup, children))}</{name}>")


def _markup(child: object) -> str:
    if isinstance(child, Html):
        return child
    if isinstance(child, Iterable) and not isinstance(child, str):
        return "".join(map(_markup, child))
    return escape(_fit(child), quote=False)


def _fit(value: object) -> str:
    return _UNFIT.sub("\ufffd", str(value))
