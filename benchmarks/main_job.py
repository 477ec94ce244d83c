"""The whole job against a plain script: `python -m benchmarks.main_job FILE.jsonl`.

FILE holds one article a line with id, text, title, published and source. The peer is what one
writes in an afternoon: one process, langdetect on each text, datasketch's MinHash over five-word
shingles at 0.5, Parquet by pyarrow; no entities, nothing published safely. `no Beam` is the chain
of wirefold's own functions in one process: what Beam costs is the difference of CPU time.

Needs datasketch, which wirefold does not install.
"""

import json
import sys
import tempfile
from datetime import UTC, datetime

from benchmarks.measure import Usage, measure

AS_OF = "2026-01-01T00:00:00Z"
BATCH = 4096  # articles that the chain without Beam handles at a time


def main(corpus: str) -> None:
    """Print wall time, CPU time and peak memory of each, and their ratios to the peer's."""
    with tempfile.TemporaryDirectory() as home:
        here = ["-m", "benchmarks.main_job"]
        run = ["-m", "pipeline", "run", corpus, "--as-of", AS_OF, "--output"]
        commands = {
            "peer": [*here, "peer", corpus, f"{home}/peer"],
            "wirefold": [*run, f"{home}/a"],
            "wirefold, one worker": [*run, f"{home}/b", "--workers", "1"],
            "no entities": [*run, f"{home}/c", "--workers", "1", "--entity-engine", "none"],
            "no entities, no Beam": [*here, "chain", corpus, f"{home}/d"],
        }
        print(f"{'':22}{'wall s':>8}{'of peer':>9}{'CPU s':>8}{'of peer':>9}{'peak MB':>9}")
        peer: Usage | None = None
        for name, arguments in commands.items():
            used = measure([sys.executable, *arguments])
            peer = peer or used
            print(
                f"{name:22}{used.wall:8.1f}{used.wall / peer.wall:9.2f}{used.cpu:8.1f}"
                f"{used.cpu / peer.cpu:9.2f}{used.peak / 1e6:9.0f}",
                flush=True,
            )


def peer(corpus: str, output: str) -> None:
    """Do what a plain script does: detect, fold, write."""
    import langdetect  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415

    langdetect.DetectorFactory.seed = 0
    lsh = MinHashLSH(threshold=0.5, num_perm=128)
    rows = []
    with open(corpus, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            try:
                row["language"] = langdetect.detect(row["text"])
            except langdetect.LangDetectException:
                row["language"] = "und"
            words = row["text"].lower().split()
            sketch = MinHash(num_perm=128)
            sketch.update_batch({" ".join(words[k : k + 5]).encode() for k in range(len(words))})
            row["copy_of"] = min(lsh.query(sketch), default=None)
            if row["copy_of"] is None:
                lsh.insert(row["id"], sketch)
            row["date"] = row["published"][:10]
            rows.append(row)
    table = pa.Table.from_pylist(rows)
    pq.write_to_dataset(table, output, partition_cols=["date", "language"], compression="zstd")


def chain(corpus: str, output: str, entity_engine: str = "none") -> None:
    """Do what a run does, function after function, in one process and without Beam."""
    from transforms.entities import BATCH_ARTICLES, extract_entities, load_engine  # noqa: PLC0415
    from transforms.language import detect_languages  # noqa: PLC0415
    from transforms.language.engines import load_detector  # noqa: PLC0415
    from transforms.memory import write_memory  # noqa: PLC0415
    from transforms.partitions import plan_parts, write_part  # noqa: PLC0415
    from transforms.read_files import MAX_FILE_BYTES, Item, plan, read_part, to_article  # noqa: PLC0415
    from transforms.revisions import resolve_revisions  # noqa: PLC0415
    from transforms.rows import RowReader, lay_rows  # noqa: PLC0415
    from transforms.stage import write_staged  # noqa: PLC0415
    from transforms.verdicts import apply_verdicts  # noqa: PLC0415
    from transforms.wirecopy.fold import fold  # noqa: PLC0415

    as_of = datetime.fromisoformat(AS_OF).astimezone(UTC)
    detector = load_detector("langdetect")
    engine = load_engine(entity_engine)
    staged, batch = [], []

    def stage() -> None:
        for start in range(0, len(batch), BATCH_ARTICLES):
            some = detect_languages(batch[start : start + BATCH_ARTICLES], detector)
            batch[start : start + BATCH_ARTICLES] = extract_entities(some, engine)
        staged.append(write_staged(batch, output))
        batch.clear()

    for piece in plan(corpus, None, MAX_FILE_BYTES):
        for part in piece.parts:
            for item in read_part(part, {}, MAX_FILE_BYTES):
                assert isinstance(item, Item)
                batch.append(to_article(item, as_of))
        if len(batch) >= BATCH:
            stage()
    stage()
    resolved = resolve_revisions(staged, [])
    rows = apply_verdicts(resolved.kept, list(fold(resolved.sketches)))
    decided = lay_rows(rows, output)
    with RowReader() as reader:
        for parts in plan_parts(rows, "date,lang"):
            for one in parts:
                write_part(one, decided.path, output, "chain", reader)
    write_memory(decided, output)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["peer", corpus, output]:
            peer(corpus, output)
        case ["chain", corpus, output]:
            chain(corpus, output)
        case ["chain", corpus, output, entity_engine]:
            chain(corpus, output, entity_engine)
        case [corpus]:
            main(corpus)
        case _:
            sys.exit(__doc__)
