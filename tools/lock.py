"""Write the lock files: `python tools/lock.py`.

    requirements.txt        to run wirefold: its packages and the extra `query`
    requirements-dev.txt    to work on it: the same versions, what tests need, and the checks

Both are plain `name==version --hash=...` for every platform and every Python from 3.11, and name
no place where the packages come from.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
COMPILE: Final = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version=3.11", "--upgrade"),
    *("--generate-hashes", "--no-header", "--no-annotate"),
    *("--no-emit-index-url", "--no-emit-find-links", "--extra=query", "pyproject.toml"),
)


def lock(name: str, *options: str) -> None:
    """Write one lock file."""
    command = [Path(sys.executable).with_name(COMPILE[0]), *COMPILE[1:], *options]
    subprocess.run([*command, f"--output-file={name}"], cwd=ROOT, check=True)


if __name__ == "__main__":
    lock("requirements.txt")
    lock(
        "requirements-dev.txt",
        *("--group=dev", "--extra=iceberg", "--extra=s3", "--constraint=requirements.txt"),
    )
