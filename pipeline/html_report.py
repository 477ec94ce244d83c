"""A run's report: one page of HTML that needs nothing else (`write_report`, `rewrite_report`).

No script, no network, the style and all charts inside. It depends on the run alone: written
again, it is the same.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from pipeline.config import one_of
from pipeline.errors import BadUsage, RunFailed
from pipeline.markup import Markup, element, page, shortened
from pipeline.output import OutputFolder, order
from pipeline.overview import Files, Manifest, Overview, gather
from pipeline.publish import settle
from pipeline.report_sections import SECTIONS

REPORT_NAME: Final = "report.html"
_RUN_ID: Final = 200  # characters
_NAMED: Final = 10  # latest runs that an error names


def stage_report(
    output: OutputFolder, staging: str, manifest: dict[str, Any], files: Files
) -> None:
    """Write the report of a run that is about to be published where `commit` looks for it."""
    home = os.path.join(staging, "run")
    os.makedirs(home)
    write_report(os.path.join(home, REPORT_NAME), output, manifest, files)


def write_report(path: str, output: OutputFolder, manifest: dict[str, Any], files: Files) -> None:
    """Write the report of a run, published or about to be, to a new file.

    `files` says of each file of its tables where it lies now: (table, path).
    """
    before = [one for one in output.manifests() if order(one) < order(manifest)]
    text = report(gather(manifest, files, before, output.root))
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def rewrite_report(directory: str, run_id: str | None) -> str:
    """Write the report of a published run anew; return its path. None means the latest run.

    Raises BadUsage when there is no such run, RunFailed when its files cannot be read.
    """
    output = OutputFolder(os.path.abspath(directory))
    settle(output)
    manifest = _wanted(output.manifests(), run_id, directory)
    path = os.path.join(output.run(manifest["run_id"]), REPORT_NAME)
    files = [(file["table"], os.path.join(output.root, file["path"])) for file in manifest["files"]]
    try:
        write_report(f"{path}.tmp", output, manifest, files)
        os.replace(f"{path}.tmp", path)
    except OSError as error:
        raise RunFailed(f"{error.filename or path}: {error.strerror or error}") from error
    except pa.ArrowException as error:
        raise RunFailed(f"a table file is damaged: {error}; try wirefold verify") from error
    return path


def _wanted(
    manifests: Sequence[dict[str, Any]], run_id: str | None, directory: str
) -> dict[str, Any]:
    if not manifests:
        raise BadUsage(f"DIR {directory!r}: no run has been published there")
    if run_id is None:
        return manifests[-1]
    for manifest in manifests:
        if manifest["run_id"] == run_id:
            return manifest
    latest = [manifest["run_id"] for manifest in manifests[: -1 - _NAMED : -1]]
    raise one_of("--run-id", run_id, latest)


def report(found: Overview) -> str:
    """Return the page."""
    parts = {
        name: (title, content)
        for name, (title, function) in SECTIONS.items()
        if (content := function(found))
    }
    run_id = shortened(found.manifest["run_id"], _RUN_ID)
    links = [
        element("li", element("a", title, href=f"#{name}")) for name, (title, _) in parts.items()
    ]
    return page(
        f"wirefold run {run_id}",
        element("header", _head(found.manifest, run_id)),
        "\n",
        element("nav", element("ul", links), aria_label="Sections"),
        "\n",
        element("main", [_section(name, *part) for name, part in parts.items()]),
        element("footer", "Written by wirefold ", found.manifest["versions"]["wirefold"], "."),
    )


def _section(name: str, title: str, content: Markup) -> Markup:
    heading = element("h2", title, id=name)
    return element("section", heading, content, "\n", aria_labelledby=name)


def _head(manifest: Manifest, run_id: str) -> list[Markup]:
    counts = manifest["counts"]
    numbers = {
        "articles": (counts["articles"], "articles", f"in {counts['stories']:,} stories"),
        "copies": (counts["duplicates"], "copies folded", _share(counts, "duplicates")),
        "unchanged": (counts["unchanged"], "unchanged", _share(counts, "unchanged")),
        "rejects": (counts["rejects"], "rejects", _share(counts, "rejects")),
    }
    boxes = [
        element(
            "div",
            element("dt", title),
            element("dd", f"{number:,}", element("span", more, class_="soft")),
            class_=colour,
        )
        for colour, (number, title, more) in numbers.items()
    ]
    started, ended = (datetime.fromisoformat(manifest[at]) for at in ("started_at", "finished_at"))
    seconds = (ended - started).total_seconds()
    return [
        element("h1", "Run ", element("bdi", run_id)),
        element(
            "p",
            f"{counts['read']:,} items read as of {_time(manifest['as_of'])}. "
            f"Started {_time(manifest['started_at'])}, took {seconds:,.1f} s "
            f"on {manifest['runner']}.",
            class_="soft",
        ),
        element("dl", boxes, class_="facts"),
    ]


def _share(counts: dict[str, Any], name: str) -> str:
    return f"{100 * counts[name] / counts['read']:.1f} % of what was read" if counts["read"] else ""


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"
