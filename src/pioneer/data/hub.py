"""Data sets of the Hugging Face hub, as the same raw rows that files give.

Only tables are read (Parquet, CSV, JSON); code that a repository holds is never run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pioneer.data.raw import RawData, RawRow, raw_data
from pioneer.errors import SourceError

PREFIX = "hub:"

PATIENCE = 5.0
"""Seconds to wait for the hub's first answer."""

LARGEST = 1_000_000_000
"""Bytes of data files that are downloaded at most."""

_TABLES = (".parquet", ".csv", ".tsv", ".json", ".jsonl")
_ZIPPED = (".gz", ".bz2", ".xz", ".zst")
_BUILDERS = frozenset({"parquet", "csv", "json"})
_ID = re.compile(r"(?P<repo>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<revision>[\w./-]+))?(?::(?P<config>.+))?")
_PARTS = {"train": "train", "test": "test", "validation": "validation"} | dict.fromkeys(
    ("valid", "val", "dev"), "validation"
)
_AWAY = "work offline: give rows with --data PATH"


@dataclass(frozen=True, slots=True)
class HubId:
    """`hub:ORG/NAME`, with `@REVISION` and `:CONFIG` where they are needed."""

    repo: str
    revision: str | None = None
    config: str | None = None

    def __str__(self) -> str:
        revision = f"@{self.revision[:12]}" if self.revision else ""
        return f"{PREFIX}{self.repo}{revision}" + (f":{self.config}" if self.config else "")


def is_hub(name: str) -> bool:
    return name.startswith(PREFIX)


def online(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the user lets the hub be asked; the switches are the hub's own."""
    switches = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")
    return not any(
        environment.get(name, "").strip().upper() in {"1", "ON", "YES", "TRUE"} for name in switches
    )


def parse_id(name: str) -> HubId:
    """Raises SourceError for what is no id of a data set."""
    found = _ID.fullmatch(name.removeprefix(PREFIX).strip())
    if found is None:
        raise SourceError(f"{name!r} is no data set of the hub", hint="write hub:ORG/NAME")
    return HubId(found["repo"], found["revision"], found["config"])


def load(name: str) -> RawData:
    """The rows of a data set; labels that are numbers with names come as the names.

    The source of the result names the commit that was read. Offline, a copy that was loaded before
    is taken. Raises SourceError: unknown, gated, too large, no tables, or the hub is away.
    """
    asked = parse_id(name)
    with hub_errors(asked.repo):
        read = _checked(asked) if online() else asked
        return _rows(read, _loaded(read))


def reachable() -> None:
    """Raises SourceError if the hub gives no answer within `PATIENCE`."""
    from huggingface_hub import constants, get_session

    with hub_errors("search"):
        url = f"{constants.ENDPOINT}/api/datasets"
        get_session().get(url, params={"limit": 1}, timeout=PATIENCE).raise_for_status()


@contextmanager
def hub_errors(name: str) -> Iterator[None]:
    """Turn what the hub's libraries raise into a SourceError that names the data set."""
    from datasets.exceptions import DatasetsError
    from huggingface_hub import errors

    http_error: type[Exception] = errors.HTTPError  # type: ignore[attr-defined]
    try:
        yield
    except errors.GatedRepoError as error:
        way = "accept its terms on the hub and log in with `hf auth login`"
        raise SourceError(f"the hub gates {name!r}", hint=way) from error
    except errors.RevisionNotFoundError as error:
        raise SourceError(f"{name!r} has no such revision on the hub") from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        way = "check the id, and log in with `hf auth login` if it is private"
        raise SourceError(f"the hub knows no data set {name!r}", hint=way) from error
    except (errors.OfflineModeIsEnabled, ConnectionError, http_error) as error:
        raise SourceError(f"the hub cannot be reached for {name!r}", hint=_AWAY) from error
    except (DatasetsError, OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise SourceError(f"{name!r} of the hub cannot be read: {reason}", hint=_AWAY) from error


def _checked(asked: HubId) -> HubId:
    """The id with its commit, once it is known to be there, to hold tables and to be small."""
    from huggingface_hub import HfApi

    info = HfApi().dataset_info(
        asked.repo, revision=asked.revision, timeout=PATIENCE, files_metadata=True
    )
    files = [file for file in info.siblings or () if _is_table(file.rfilename)]
    if not files:
        raise SourceError(
            f"{asked} holds no Parquet, CSV or JSON files", hint="give another data set, or --data"
        )
    size = sum(file.size or 0 for file in files)
    if size > LARGEST:
        raise SourceError(
            f"{asked} is too large: {size / 1e9:.1f} GB, at most {LARGEST / 1e9:.0f} GB is loaded",
            hint="save the part that you need as a file and give it with --data",
        )
    return HubId(asked.repo, info.sha, asked.config)


def _is_table(file: str) -> bool:
    name = file.lower()
    for suffix in _ZIPPED:
        name = name.removesuffix(suffix)
    return name.endswith(_TABLES) and name.rpartition("/")[2] != "dataset_infos.json"


def _loaded(read: HubId) -> Any:
    """A `datasets.DatasetDict`; fetched, or from the library's cache."""
    import datasets
    from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

    datasets.disable_progress_bars()
    disable_progress_bars()
    path = read.repo if not online() else f"hf://datasets/{read.repo}"
    try:
        builder = datasets.load_dataset_builder(path, read.config, revision=read.revision)
    except ValueError as error:
        if "Config name is missing" in str(error):
            raise _several(read, str(error)) from error
        raise
    kind = type(builder).__module__.rpartition(".")[2]
    if kind not in _BUILDERS and kind != "cache":
        raise SourceError(f"{read} is a {kind} data set, and only Parquet, CSV and JSON are read")
    builder.download_and_prepare()
    return builder.as_dataset()


def _several(read: HubId, message: str) -> SourceError:
    listed = re.search(r"\[.*?\]", message)
    names = f": {listed[0]}" if listed else ""
    return SourceError(
        f"{read} has several configurations{names}", hint=f"choose with {PREFIX}{read.repo}:NAME"
    )


def _rows(read: HubId, loaded: Any) -> RawData:
    """The splits as parts. One split alone is unsplit rows, whatever it is called, unless 'train'.

    Splits of other names, and those without labels, are not read but listed in `ignored`.
    """
    parts: dict[str, Sequence[RawRow]] = {}
    ignored: list[str] = []
    for split, table in loaded.items():
        part = _PARTS.get(split) or ("all" if len(loaded) == 1 else None)
        rows = _split_rows(f"{read}/{split}", table)
        if part is None or part in parts or not rows:
            ignored.append(split)
        else:
            parts[part] = rows
    if not parts:
        raise SourceError(f"{read} has no split with rows and labels: {', '.join(ignored)}")
    return raw_data(str(read), parts, ignored)


def _split_rows(name: str, table: Any) -> tuple[RawRow, ...]:
    """None where no row has a label: hidden test sets of the hub carry -1 everywhere."""
    named = {column: names for column, one in table.features.items() if (names := _names(one))}
    rows = [
        {column: _label(value, named.get(column)) for column, value in row.items()} for row in table
    ]
    if any(all(row[column] is None for row in rows) for column in named):
        return ()
    return tuple(RawRow(name, at, row) for at, row in enumerate(rows, start=1))


def _names(feature: Any) -> tuple[str, ...]:
    """The names of a ClassLabel, or of a list of them; else none."""
    inner = getattr(feature, "feature", feature)
    return tuple(getattr(inner, "names", None) or ())


def _label(value: Any, names: tuple[str, ...] | None) -> Any:
    if names is None:
        return value
    if isinstance(value, list):
        return [_label(one, names) for one in value]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else None
