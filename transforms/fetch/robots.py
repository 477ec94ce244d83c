"""robots.txt as RFC 9309 has it: the longest rule that matches decides, `*` and `$` are known."""

import threading
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from transforms.fetch.addresses import read_address
from transforms.fetch.client import Fetcher, FetchError
from transforms.records import ItemError

MAX_BYTES: Final = 500 << 10  # what RFC 9309 wants parsed at least
MAX_RULES: Final = 5_000
AGENT: Final = "wirefold"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one host for us: (allowed, path pattern), longest pattern first."""

    rules: tuple[tuple[bool, str], ...] = ()

    def allow(self, path: str) -> bool:
        """Tell whether a path with its query may be fetched."""
        path = _normal(path)
        for allowed, pattern in self.rules:
            if _matches(pattern, path):
                return allowed
        return True


def read_rules(text: str, agent: str = AGENT) -> Rules:
    """Return the rules of a robots.txt for `agent`: its own groups, else those of `*`."""
    groups: dict[str, list[tuple[bool, str]]] = {}
    agents: list[str] = []
    in_rules = False
    for line in text.splitlines():
        key, _, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if key == "user-agent":
            agents = [value.lower()] if in_rules else [*agents, value.lower()]
            in_rules = False
            groups.setdefault(value.lower(), [])
        elif key in ("allow", "disallow"):
            in_rules = True
            for name in agents:
                if value and len(groups[name]) < MAX_RULES:
                    groups[name].append((key == "allow", _normal(value)))
    mine = [name for name in groups if name.partition("/")[0] == agent]
    rules = [rule for name in mine or ("*",) for rule in groups.get(name, ())]
    return Rules(tuple(sorted(rules, key=lambda rule: (-len(rule[1]), not rule[0]))))


def _normal(path: str) -> str:
    return quote(unquote(path), safe="/?:@!$&'()*+,;=~%")


def _matches(pattern: str, path: str) -> bool:
    """Tell whether a pattern fits the beginning of a path, or all of it when it ends with `$`."""
    exact = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not others:
        return not exact or path == first
    *middle, last = others
    at = len(first)
    for part in middle:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if exact:
        return path.endswith(last) and len(path) - len(last) >= at
    return path.find(last, at) >= 0


class Robots:
    """Asks hosts for their robots.txt, once each; safe to share between threads."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._lock = threading.Lock()
        self._known: dict[str, Rules | FetchError] = {}

    def check(self, url: str) -> None:
        """Return when `url` may be fetched, else raise ItemError.

        A host without robots.txt allows everything; one that cannot be asked allows nothing yet.
        """
        address = read_address(url)
        origin, _, path = address.url.partition("//")[2].partition("/")
        site = f"{'https' if address.secure else 'http'}://{origin}"
        with self._lock:
            rules = self._known.get(site)
        if rules is None:
            rules = self._ask(site)
            with self._lock:
                self._known[site] = rules
        if isinstance(rules, FetchError):
            raise rules
        if not rules.allow(f"/{path}"):
            raise ItemError("robots_disallowed", f"by {site}/robots.txt")

    def _ask(self, site: str) -> Rules | FetchError:
        try:
            answer = self._fetcher.fetch(f"{site}/robots.txt", max_bytes=MAX_BYTES)
        except FetchError as error:
            missing = error.reason.startswith("http_4") and not error.retryable
            return Rules() if missing or error.reason == "too_large" else error
        return read_rules(answer.body.decode("utf-8", "replace"))
