"""docs/contract.md says what the code does: flags, columns, exit codes."""

import re

import pyarrow as pa

from pipeline import errors
from pipeline.flags import FLAGS, run_parser
from tests.conftest import ROOT
from transforms.schemas import ARTICLES, REJECTS

PAGE = (ROOT / "docs" / "contract.md").read_text("utf-8")
KINDS = {
    pa.string(): "string",
    pa.int32(): "int32",
    pa.float32(): "float",
    pa.timestamp("us", tz="UTC"): "timestamp",
    pa.list_(pa.string()): "list of string",
}


def table(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its head."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    lines = re.findall(r"(?:^\|.*\n)+", section, re.M)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def written(field: pa.Field) -> str:
    kind = "list of struct" if pa.types.is_list(field.type) else "?"
    return KINDS.get(field.type, kind) + ("" if field.nullable else ", not null")


def test_the_columns_are_listed_with_their_types_in_order():
    rows = [
        (cells[0].strip("`"), cells[1]) for cells in table("Columns of articles and duplicates")
    ]
    assert rows == [(field.name, written(field)) for field in ARTICLES]


def test_the_columns_of_rejects_are_listed_in_order():
    names = [cells[0].strip("`") for cells in table("Columns of rejects")]
    assert names == REJECTS.names


def test_every_flag_is_listed_as_the_help_writes_it():
    flags = set()
    for name, flag in FLAGS.items():
        names = ", ".join([flag.short, name] if flag.short else [name])
        flags.add(f"`{names} {flag.metavar}".strip() + "`")
    assert {cells[0] for cells in table("Options")} == flags


def test_defaults_are_those_of_the_help():
    text = " ".join(run_parser().format_help().split())
    for option, _, default in table("Options"):
        if default.startswith("`") and default.endswith("`"):
            name = option.strip("`").split()[0]
            assert re.search(rf"{name} [^-].*?\(default: {default.strip('`')}[,)]", text), name


def test_the_exit_codes_are_listed():
    codes = {int(code) for code, _ in table("Exit codes")}
    kinds = (errors.WirefoldError, errors.BadUsage, errors.QualityGate)
    assert codes == {errors.DONE, errors.SOURCES_FAILED, *(kind.exit_code for kind in kinds)}
