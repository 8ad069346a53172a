"""Data sets of the Hugging Face hub, as the same raw rows that files give.

Only tables are read (Parquet, CSV, JSON); code that a repository holds is never run.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from pioneer.bases import patience
from pioneer.data.hubcopies import Copy, copy_of, newest, read_copy, several
from pioneer.data.huberrors import OTHER, hub_errors
from pioneer.data.hubid import HubId, online, parse_id
from pioneer.data.hubrows import raw_rows
from pioneer.data.raw import RawData
from pioneer.errors import SourceError

LARGEST = 1_000_000_000
"""Bytes of data files that are downloaded at most."""

_TABLES = (".parquet", ".csv", ".tsv", ".json", ".jsonl")
_ZIPPED = (".gz", ".bz2", ".xz", ".zst")
_CONVERTED = "refs/convert/parquet"
"""Where the hub itself keeps tables of a data set, a folder for each configuration."""
_BUILDERS = frozenset({"parquet", "csv", "json"})


def load(name: str) -> RawData:
    """The rows of a data set; labels that are numbers with names come as the names.

    The source of the result is the pinned id. A pinned id that was loaded before needs no hub; with
    the hub off, so does any other, and the newest copy is taken. Raises SourceError: unknown,
    gated, too large, no tables, a choice of configurations, or the hub is away.
    """
    copy = _copy(name)
    with hub_errors(copy.id.repo):
        loaded = read_copy(copy)
    return raw_rows(copy.id, loaded)


def pin(name: str) -> str:
    """The id that always means what this one means now: with commit and configuration.

    Its rows are on this machine when this returns. Raises SourceError, as `load`.
    """
    return str(_copy(name).id)


def listed(word: str, limit: int) -> list[Any]:
    """The `DatasetInfo`s that a word finds, the most downloaded first. Raises SourceError.

    Asked once: the library's own listing would try a broken hub for half a minute.
    """
    import huggingface_hub
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    info: Any = huggingface_hub.DatasetInfo
    wanted: dict[str, str | int] = {"search": word, "sort": "downloads", "limit": limit}
    with hub_errors("search"):
        answer = huggingface_hub.get_session().get(
            f"{huggingface_hub.constants.ENDPOINT}/api/datasets",
            params=wanted | {"full": "true"},
            headers=build_hf_headers(),
            timeout=patience.PATIENCE,
        )
        huggingface_hub.hf_raise_for_status(answer)
        return [info(**{"siblings": None, **one}) for one in answer.json()]


def _copy(name: str) -> Copy:
    asked = parse_id(name)
    known = copy_of(asked) if asked.is_pin else None
    if known is not None:
        return known
    if not online():
        return newest(asked)
    made = copy_of(_fetched(asked))
    if made is None:
        raise SourceError(f"{asked.short} of the hub was not kept in the cache", hint=OTHER)
    return made


def _fetched(asked: HubId) -> HubId:
    """Fetch a data set whole, once it is known to be there, to be tables and to be small."""
    import datasets
    from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

    datasets.disable_progress_bars()
    disable_progress_bars()
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False  # it would tell a third party
    patience.patient()
    info = _told(asked)
    found = HubId(info.id, info.sha, asked.config)
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
    _check_files(asked, found, sizes)
    with hub_errors(asked.repo):
        builder = _builder(found)
        _check_builder(found, builder, sizes)
        builder.download_and_prepare(verification_mode="no_checks")  # cards tell old sizes
    return HubId(info.id, info.sha, builder.config.name)


def _told(asked: HubId) -> Any:
    """What the hub says of a data set that we may read."""
    from huggingface_hub import HfApi

    with hub_errors(asked.repo):
        info = HfApi().dataset_info(
            asked.repo, revision=asked.revision, timeout=patience.PATIENCE, files_metadata=True
        )
        if info.gated:
            HfApi().auth_check(info.id, repo_type="dataset")
    return info


def is_program(repo: str, files: Collection[str]) -> bool:
    """Whether a data set is to be loaded by a program of its own."""
    return f"{repo.rpartition('/')[2]}.py" in files


def has_tables(files: Collection[str]) -> bool:
    return any(_is_table(file) for file in files)


def _check_files(asked: HubId, found: HubId, files: Mapping[str, int]) -> None:
    if is_program(found.repo, files):
        raise SourceError(
            f"{found.short} is loaded by a program of its own, and none is ever run",
            hint=f"the hub may hold it as tables: hub:{found.repo}@{_CONVERTED}",
        )
    if not has_tables(files):
        raise SourceError(f"{found.short} holds no Parquet, CSV or JSON files", hint=OTHER)
    folders = {file.partition("/")[0] for file in files if _is_table(file)}
    if asked.revision == _CONVERTED and len(folders) > 1:
        names = ", ".join(sorted(folders)[:9])
        raise SourceError(f"{asked} mixes several configurations: {names}", hint=OTHER)


def _is_table(file: str) -> bool:
    name = file.lower()
    for suffix in _ZIPPED:
        name = name.removesuffix(suffix)
    return name.endswith(_TABLES) and name.rpartition("/")[2] != "dataset_infos.json"


def _builder(found: HubId) -> Any:
    import datasets

    path = f"hf://datasets/{found.repo}"
    try:
        return datasets.load_dataset_builder(path, found.config, revision=found.revision)
    except ValueError as error:
        listed = re.search(r"\[(.*?)\]", str(error))
        names = re.findall(r"'([^']*)'", listed[1]) if listed else []
        if "Config name is missing" in str(error):
            raise several(found, names) from error
        if found.config and f"BuilderConfig '{found.config}' not found" in str(error):
            raise several(found, names) from error
        raise


def _check_builder(found: HubId, builder: Any, sizes: Mapping[str, int]) -> None:
    """That it reads tables of this commit, and not too many."""
    kind = type(builder).__module__.rpartition(".")[2]
    if kind == "cache":  # what the library falls back to, whatever commit was asked for
        raise SourceError(f"{found.short} cannot be read, but for an older copy", hint=OTHER)
    if kind not in _BUILDERS:
        raise SourceError(
            f"{found.short} is a {kind} data set, and only Parquet, CSV and JSON are read",
            hint=OTHER,
        )
    home = f"hf://datasets/{found.repo}@{found.revision}/"
    files = {file for files in (builder.config.data_files or {}).values() for file in files}
    size = sum(sizes.get(file.removeprefix(home), 0) for file in files)
    if size > LARGEST:
        raise SourceError(
            f"{found.short} is too large: {size / 1e9:.1f} GB, at most {LARGEST / 1e9:.0f} GB is "
            "loaded",
            hint="save the part that you need as a file and give it with --data",
        )
