"""A real browser for tests: Chromium, driven by the WebDriver protocol, without a library.

Debian's packages `chromium` and `chromium-driver` bring both programs (`.ci/run` installs them).
"""

import json
import shutil
import socket
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

DRIVER = shutil.which("chromedriver")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_browser = pytest.mark.skipif(
    not (DRIVER and CHROMIUM), reason="Debian's chromium and chromium-driver are not installed"
)
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]


class Browser:
    """One window of Chromium."""

    def __init__(self, root: str, width: int) -> None:
        options = {
            "binary": CHROMIUM,
            "args": _ARGUMENTS,
            "mobileEmulation": {"deviceMetrics": {"width": width, "height": 800, "pixelRatio": 1}},
        }
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self._session = f"{root}/session/{_ask(f'{root}/session', wanted)['sessionId']}"

    def open(self, path: Path) -> None:
        _ask(f"{self._session}/url", {"url": path.as_uri()})

    def run(self, script: str) -> Any:
        """Run a script in the page, past its content policy; return what it returns."""
        return _ask(f"{self._session}/execute/sync", {"script": script, "args": []})

    def emulate(self, scheme: str, media: str = "screen") -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._devtools("Emulation.setEmulatedMedia", media=media, features=features)

    def pdf(self) -> bytes:
        return b64decode(self._devtools("Page.printToPDF")["data"])

    def picture(self, path: Path) -> None:
        told = self._devtools("Page.captureScreenshot")
        path.write_bytes(b64decode(told["data"]))

    def close(self) -> None:
        with urlopen(Request(self._session, method="DELETE"), timeout=60):
            pass

    def _devtools(self, command: str, **parameters: Any) -> Any:
        asked = {"cmd": command, "params": parameters}
        return _ask(f"{self._session}/goog/cdp/execute", asked)


@contextmanager
def driver() -> Iterator[str]:
    """Run a driver for some windows; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([str(DRIVER), f"--port={port}", "--silent"])
    root = f"http://127.0.0.1:{port}"
    try:
        _wait_for(root)
        yield root
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(root: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            with urlopen(f"{root}/status", timeout=10):
                return
        except URLError:
            if time.monotonic() > end:
                raise
        time.sleep(0.1)


def _ask(url: str, body: dict[str, Any]) -> Any:
    asked = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(asked, timeout=120) as answer:
        return json.load(answer)["value"]
