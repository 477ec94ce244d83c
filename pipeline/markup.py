"""HTML that is escaped unless it says otherwise: `element` and `page`.

Strings are text; only what `element` made is markup. So a headline with `<script>` in it is shown.
"""

import re
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

_VOID: Final = {"meta", "br", "col", "rect", "path", "line", "circle"}
# What HTML forbids even escaped: controls, noncharacters, surrogates; and tabs in the way of text.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
# Nothing may be fetched and nothing run, whatever else the page holds.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"

Child = str | Iterable["Child"] | None


class Markup(str):
    """Markup that `element` made; any other string is text."""

    __slots__ = ()


NOTHING: Final = Markup("")
NAME: Final = 50  # characters of a name, wherever one is shown


def element(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """Return an element of HTML or SVG.

    Children are markup, text, or iterables of both. An underscore in an attribute's name stands for
    a hyphen, one at its end for nothing (`class_`); None and False leave the attribute out.
    """
    given = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{given}>" if name in ("meta", "br", "col") else f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{join(*children)}</{name}>")


def join(*children: Child) -> Markup:
    """Return the children one after another, text escaped."""
    return Markup("".join(map(_child, children)))


def shortened(text: str, most: int) -> str:
    """Return the text on one line, cut to `most` characters with an ellipsis."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def page(title: str, *body: Child) -> str:
    """Return a whole document with the style of all our pages."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content="wirefold"),
        element("title", title),
        element("style", Markup(style())),
    )
    document = element("html", head, "\n", element("body", *body), lang="en")
    return f"<!DOCTYPE html>\n{document}\n"


@cache
def style() -> str:
    """Return the style sheet."""
    return files("pipeline").joinpath("page.css").read_text("utf-8")


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return escape(_FORBIDDEN.sub("\ufffd", child), quote=False)
    return "".join(map(_child, child))


def _attribute(name: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    key = name.removesuffix("_").replace("_", "-")
    if value is True:
        return f" {key}"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return f' {key}="{_child(text).replace(chr(34), "&quot;")}"'
