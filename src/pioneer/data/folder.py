"""Read a data folder, or a single file, as it lies on the disk."""

from __future__ import annotations

from pathlib import Path

from pioneer.data.raw import PARTS, RawData, RawRow, raw_data
from pioneer.data.readers import READERS, file_errors, read_file
from pioneer.errors import DataError

_FORMATS = ", ".join(READERS)
_WANTED = f"a data folder holds any of {', '.join(PARTS)} as {_FORMATS}"


def read_folder(path: str | Path) -> RawData:
    """The rows of a folder (`train`, `validation`, `test`, `all`) or of one file.

    A single file that is not named for a part holds unsplit rows (`all`). Files of other names are
    not read but listed in `ignored`. Raises DataError for anything that cannot be read whole.
    """
    source = Path(path)
    with file_errors(str(path)):
        if source.is_dir():
            return _folder(source)
        if source.is_file():
            rows = read_file(source)
            return raw_data(str(path), {part_of(source.name) or "all": rows})
        missing = not source.exists()
    reason = "no such file or folder" if missing else "neither a file nor a folder"
    raise DataError(reason, file=str(path), hint=_WANTED)


def _folder(folder: Path) -> RawData:
    parts: dict[str, tuple[RawRow, ...]] = {}
    ignored: list[str] = []
    read: dict[str, str] = {}
    for file in sorted(folder.iterdir()):
        part = part_of(file.name)
        if part is None or not file.is_file():
            ignored.append(file.name)
        elif part in read:
            raise DataError(
                f"{read[part]} and {file.name} both hold {part!r}",
                file=str(folder),
                hint="keep one of them",
            )
        else:
            read[part] = file.name
            parts[part] = read_file(file)
    if not parts:
        found = f"found only {', '.join(ignored[:8])}" if ignored else "the folder is empty"
        raise DataError(f"no data file: {found}", file=str(folder), hint=_WANTED)
    return raw_data(str(folder), parts, ignored)


def part_of(name: str) -> str | None:
    """The part that a file is named for: 'train.jsonl.gz' is 'train', 'card.md' is None."""
    lowered = name.lower()
    for part in PARTS:
        if any(lowered == part + suffix for suffix in READERS):
            return part
    return None
