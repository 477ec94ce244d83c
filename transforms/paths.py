"""Which paths are of this machine; without Beam, for what must start fast."""

import os
import re
from typing import Final
from urllib.parse import unquote, urlsplit

SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_local(path: str) -> bool:
    """Tell whether `path` is a path, glob or file:// URL of this machine."""
    return not SCHEME.match(path) or path.startswith("file://")


def local_path(path: str) -> str:
    """Return a path or file:// URL of this machine as an absolute path."""
    return os.path.abspath(unquote(urlsplit(path).path) if path.startswith("file://") else path)
