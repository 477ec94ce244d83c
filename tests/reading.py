"""Reading without Beam, for the tests of several modules."""

from transforms.pieces import plan
from transforms.read_files import MAX_FILE_BYTES, read_part
from transforms.sources import Lost


def read_all(source, **options):
    """Return the items and refusals of all parts of a plan, without Beam."""
    found = []
    for piece in plan(str(source), None, options.get("max_file_bytes", MAX_FILE_BYTES)):
        for part in piece.parts:
            if isinstance(part, Lost):
                found.append(part)
            else:
                found += read_part(part, {}, options.get("max_file_bytes", MAX_FILE_BYTES))
    return found
