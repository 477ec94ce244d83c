"""Canonical URLs: WHATWG parsing by ada-url, then a short policy.

The policy: http(s) only; user and password dropped; fragment dropped unless it is `#!` (a page of
its own); tracking parameters dropped by a list; the others sorted by name; default ports dropped;
escapes of unreserved characters undone. It never drops a parameter that may identify the page.
"""

import re
from typing import Final

import ada_url

MAX_URL: Final = 2048  # characters; longer ones are broken or hostile (most servers refuse them)
_TRACKING: Final = re.compile(
    r"(?:utm_|mtm_|pk_|at_|hsa_|itm_|_hs|oly_|vero_|wt_).*"
    r"|fbclid|gclid|dclid|gbraid|wbraid|gclsrc|yclid|ysclid|twclid|msclkid|mc_cid|mc_eid|mc_tc"
    r"|igshid|igsh|srsltid|xtor|cmp|cmpid|ref|ref_src|ref_url|mkt_tok|sc_cid|_openstat"
    r"|fb_ref|fb_source|fb_action_ids|fb_action_types|wickedid|smid|ncid|ocid|taid"
    r"|guccounter|guce_referrer|guce_referrer_sig|dlbk|s_kwcid|echobox",
    re.IGNORECASE,
)
# URLs with nothing to change, as most are: parsing them would take ten times as long.
_PLAIN: Final = re.compile(
    r"https?://(?:(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}/[A-Za-z0-9/_~.-]*"
)
_ESCAPE: Final = re.compile("%([0-9a-fA-F]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def canonical_url(url: str, base: str | None = None) -> str | None:
    """Return the canonical form of an http(s) URL, or None when it is none.

    A relative `url` is resolved against `base`. The result is a fixed point of this function.
    """
    url = url.strip()
    if _PLAIN.fullmatch(url) and "/." not in url and len(url) <= MAX_URL:
        return url
    try:
        parsed = ada_url.URL(url, base)
    except ValueError:
        return None
    if parsed.protocol not in ("http:", "https:"):
        return None
    if parsed.username or parsed.password:
        parsed.username = parsed.password = ""
    if (fragment := parsed.hash) and not fragment.startswith("#!"):
        parsed.hash = ""
    kept = [part for part in parsed.search[1:].split("&") if part and not _tracks(part)]
    parsed.search = "&".join(sorted(kept, key=_name))
    href = _ESCAPE.sub(_unescape, parsed.href)
    return href if len(href) <= MAX_URL else None


def host(url: str) -> str | None:
    """Return the host of an http(s) URL without `www.`, or None."""
    canonical = canonical_url(url)
    return ada_url.URL(canonical).hostname.removeprefix("www.") if canonical else None


def _name(parameter: str) -> str:
    return parameter.split("=", 1)[0]


def _tracks(parameter: str) -> bool:
    return _TRACKING.fullmatch(_name(parameter)) is not None


def _unescape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()
