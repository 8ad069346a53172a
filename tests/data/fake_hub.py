"""A hub on this machine: a real HTTP server that speaks what its two client libraries ask for.

Repositories have commits and tags, gates, and files; the server can be away, slow or broken. What
was asked is recorded, so that a test can tell what left the client.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Files = Mapping[str, bytes]

TOKEN = "hf_friend"
"""Opens what is gated."""

_STAMP = "2026-01-01T00:00:00.000Z"


@dataclass
class Repo:
    """A repository. `commits` maps a commit to its files, `refs` a branch or tag to its commit."""

    id: str
    section: str
    """datasets | models"""
    tags: tuple[str, ...] = ()
    description: str = ""
    gated: bool = False
    private: bool = False
    downloads: int = 0
    claimed: dict[str, int] = field(default_factory=dict)
    """Sizes that the hub tells of files, where they are not the true ones."""
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def commit(self, files: Files, ref: str = "main") -> str:
        """Make these the files of a branch or tag; gives the commit."""
        told = hashlib.sha1(self.id.encode() + len(self.commits).to_bytes(4, "big"))
        for path in sorted(files):
            told.update(path.encode() + b"\0" + files[path])
        self.commits[told.hexdigest()] = dict(files)
        self.refs[ref] = told.hexdigest()
        return told.hexdigest()

    def find(self, revision: str) -> str | None:
        return revision if revision in self.commits else self.refs.get(revision)


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: bytes
    headers: Mapping[str, str]


class FakeHub:
    """`with FakeHub() as hub`: answers at `hub.url` until the block ends."""

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.moved: dict[str, str] = {}
        """Old ids of data sets and their new ones."""
        self.asked: list[Asked] = []
        self.away = False
        """Connections are cut without an answer."""
        self.broken: Callable[[Asked], bool] = lambda _asked: False
        """Which requests get a 500."""
        self.silent: Callable[[Asked], bool] = lambda _asked: False
        """Which requests get no answer, while the connection stays open."""
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FakeHub:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def dataset(self, id_: str, files: Files, **told: Any) -> Repo:
        return self._added(Repo(id_, "datasets", **told), files)

    def model(self, id_: str, files: Files, **told: Any) -> Repo:
        return self._added(Repo(id_, "models", **told), files)

    def _added(self, repo: Repo, files: Files) -> Repo:
        repo.commit(files)
        self.repos[repo.section, repo.id] = repo
        return repo

    def forget(self) -> None:
        """Start a new record of what was asked."""
        self.asked.clear()

    def wait(self) -> None:
        """Say nothing for as long as the server runs."""
        self._ended.wait(60)

    @contextmanager
    def trouble(self, **how: Any) -> Iterator[None]:
        """`away=True`, `broken=...` or `silent=...` for a while."""
        before = {name: getattr(self, name) for name in how}
        for name, value in how.items():
            setattr(self, name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                setattr(self, name, value)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(hub: FakeHub, asked: Asked) -> Answer:
    """What the hub says."""
    for old, new in hub.moved.items():
        if f"/datasets/{old}" in asked.path:
            return Answer(307, b"", {"Location": asked.path.replace(old, new, 1)})
    steps = [unquote(step) for step in asked.path.strip("/").split("/")]
    if steps[:2] == ["api", "datasets"] and len(steps) == 2:
        return _json(_found(hub, asked.query))
    if steps[0] == "api" and len(steps) > 2 and steps[1] in ("datasets", "models"):
        return _about(hub, asked, steps[1], steps[2:])
    section = "datasets" if steps[0] == "datasets" else "models"
    return _file(hub, asked, section, steps[1:] if section == "datasets" else steps)


def _found(hub: FakeHub, query: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Data sets that have a word in their id, the most downloaded first."""
    words = [word.lower() for word in query.get("search", [])]
    found = [
        repo
        for (section, id_), repo in hub.repos.items()
        if section == "datasets" and all(word in id_.lower() for word in words)
    ]
    found.sort(key=lambda repo: -repo.downloads)
    return [_info(repo, "main", blobs=False) for repo in found[: int(query["limit"][0])]]


def _about(hub: FakeHub, asked: Asked, section: str, steps: Sequence[str]) -> Answer:
    repo, rest = _repo(hub, section, steps)
    if repo is None or repo.private:
        return _error(401, "RepoNotFound", "Invalid username or password.")
    what, *more = rest or ["revision", "main"]
    if what == "auth-check":
        return _gate(repo, asked) or _json({})
    revision = repo.find(more[0])
    if revision is None:
        return _error(404, "RevisionNotFound", f"Invalid rev id: {more[0]}")
    if what == "revision":
        return _json(_info(repo, revision, blobs="blobs" in asked.query))
    if what == "tree":
        inside = "/".join(more[1:])
        return _tree(repo.commits[revision], inside, asked.query["recursive"] == ["true"])
    if what == "paths-info":
        return _paths(repo.commits[revision], parse_qs(asked.body.decode())["paths"])
    return _error(404, "", "no such page")


def _file(hub: FakeHub, asked: Asked, section: str, steps: Sequence[str]) -> Answer:
    repo, rest = _repo(hub, section, steps)
    if repo is None or repo.private:
        return _error(401, "RepoNotFound", "Invalid username or password.")
    if len(rest) < 3 or rest[0] != "resolve":
        return _error(404, "", "no such page")
    revision = repo.find(rest[1])
    if revision is None:
        return _error(404, "RevisionNotFound", f"Invalid rev id: {rest[1]}")
    if gated := _gate(repo, asked):
        return gated
    content = repo.commits[revision].get("/".join(rest[2:]))
    if content is None:
        return _error(404, "EntryNotFound", "Entry not found", {"X-Repo-Commit": revision})
    told = {"X-Repo-Commit": revision, "ETag": f'"{_oid(content)}"', "Accept-Ranges": "bytes"}
    return Answer(200, content, told)


def _repo(hub: FakeHub, section: str, steps: Sequence[str]) -> tuple[Repo | None, Sequence[str]]:
    """The repository that a path begins with, and the rest of the path."""
    for length in (2, 1):
        repo = hub.repos.get((section, "/".join(steps[:length])))
        if repo is not None:
            return repo, steps[length:]
    return None, steps


def _gate(repo: Repo, asked: Asked) -> Answer | None:
    if not repo.gated or asked.headers.get("authorization") == f"Bearer {TOKEN}":
        return None
    return _error(401, "GatedRepo", f"Access to dataset {repo.id} is restricted.")


def _info(repo: Repo, revision: str, blobs: bool) -> dict[str, Any]:
    commit = repo.find(revision) or ""
    files = repo.commits[commit]
    sizes = {path: repo.claimed.get(path, len(content)) for path, content in files.items()}
    return {
        "_id": _oid(repo.id.encode())[:24],
        "id": repo.id,
        "sha": commit,
        "lastModified": _STAMP,
        "createdAt": _STAMP,
        "private": repo.private,
        "gated": "manual" if repo.gated else False,
        "disabled": False,
        "downloads": repo.downloads,
        "likes": 0,
        "tags": list(repo.tags),
        "description": repo.description,
        "siblings": [
            {"rfilename": path}
            | ({"size": sizes[path], "blobId": _oid(files[path])} if blobs else {})
            for path in sorted(files)
        ],
    }


def _tree(files: Files, inside: str, recursive: bool) -> Answer:
    prefix = f"{inside}/" if inside else ""
    below = {path: files[path] for path in files if path.startswith(prefix)}
    if inside and not below:
        return _error(404, "EntryNotFound", f"{inside} does not exist")
    folders = {
        prefix + path.removeprefix(prefix).rpartition("/")[0]
        for path in below
        if "/" in path.removeprefix(prefix)
    }
    parents = {"/".join(name.split("/")[: n + 1]) for name in folders for n in range(9)}
    entries = [
        _folder_entry(name)
        for name in sorted(parents)
        if name.startswith(prefix) and (recursive or "/" not in name.removeprefix(prefix))
    ]
    entries += [
        _file_entry(path, content)
        for path, content in sorted(below.items())
        if recursive or "/" not in path.removeprefix(prefix)
    ]
    return _json(entries)


def _paths(files: Files, paths: Sequence[str]) -> Answer:
    entries = [_file_entry(path, files[path]) for path in paths if path in files]
    folders = [path for path in paths if any(name.startswith(f"{path}/") for name in files)]
    return _json(entries + [_folder_entry(path) for path in folders])


def _file_entry(path: str, content: bytes) -> dict[str, Any]:
    return {"type": "file", "path": path, "size": len(content), "oid": _oid(content)}


def _folder_entry(path: str) -> dict[str, Any]:
    return {"type": "directory", "path": path, "size": 0, "oid": _oid(path.encode())}


def _oid(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


def _json(document: Any) -> Answer:
    return Answer(200, json.dumps(document).encode(), {"Content-Type": "application/json"})


def _error(status: int, code: str, message: str, more: Mapping[str, str] | None = None) -> Answer:
    told = {"X-Error-Message": message, "Content-Type": "application/json"} | dict(more or {})
    if code:
        told["X-Error-Code"] = code
    return Answer(status, json.dumps({"error": message}).encode(), told)


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _handler(hub: FakeHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            query = parse_qs(split.query, keep_blank_values=True)
            asked = Asked(
                self.command, split.path, query, self.rfile.read(length), _lower(self.headers)
            )
            hub.asked.append(asked)
            silent = hub.silent(asked)
            if silent:
                hub.wait()
            if hub.away or silent:
                self.close_connection = True
            else:
                self._reply(Answer(500) if hub.broken(asked) else answer(hub, asked))

        do_HEAD = do_POST = do_CONNECT = do_GET  # noqa: N815

        def _reply(self, said: Answer) -> None:
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


def jsonl(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    lines = [",".join(rows[0]), *(",".join(str(value) for value in row.values()) for row in rows)]
    return "\n".join(lines).encode() + b"\n"


def parquet(rows: Sequence[Mapping[str, Any]], names: Sequence[str] = (), **types: Any) -> bytes:
    """A table. With names, its column `label` holds their numbers, as the hub's sets have it;
    `types` are those of other columns."""
    import datasets
    import pyarrow.parquet

    datasets.disable_progress_bars()
    table = datasets.Dataset.from_list([dict(row) for row in rows])
    if names:
        types["label"] = datasets.ClassLabel(names=list(names))
    table = table.cast(datasets.Features(table.features | types))
    stream = io.BytesIO()
    pyarrow.parquet.write_table(
        table.data.table.replace_schema_metadata(table.features.arrow_schema.metadata), stream
    )
    return stream.getvalue()


def readme(text: str = "", **head: Any) -> bytes:
    """A card with its head of YAML (JSON is YAML)."""
    return f"---\n{json.dumps(head)}\n---\n{text}\n".encode()
