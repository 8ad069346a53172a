"""The role, held by every judge: the metric, and one that asks a service which fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import urlopen

import pytest

from pioneer.errors import JudgeError
from pioneer.families import family
from pioneer.judges.base import Judge, judge_errors, ruled, rulings
from pioneer.records import Kind, Ruling, Span, Target, Trace, Verdict
from pioneer.traces.rows import metric_judge
from tests.traces.helpers import TASKS, reader

PASS, FAIL, UNJUDGED = Ruling.PASS, Ruling.FAIL, Ruling.UNJUDGED
NAMED = (Span(0, 4, "person"),)


@dataclass(frozen=True, slots=True)
class Remote:
    """A judge behind an address, as one that asks a model would be."""

    address: str
    name: str = "llm:remote"

    def __call__(self, trace: Trace) -> Verdict:
        with judge_errors(self.name), urlopen(f"{self.address}/{trace.id}", timeout=5) as reply:
            return Verdict(Ruling(json.loads(reply.read().decode())["verdict"]), self.name)


REPLIES = {"/good": b'{"verdict": "pass"}', "/garbage": b"I think so", "/bytes": b"\xff"}


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path in REPLIES else 500)
        self.end_headers()
        self.wfile.write(REPLIES.get(self.path, b""))

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def trace(output: Target | None, expected: Target | None, name: str = "t") -> Trace:
    return Trace(name, "Anna is here", output, expected=expected)


def test_a_failing_judge_gives_unjudged_with_the_reason(service: str) -> None:
    judge: Judge = Remote(service)
    asked = [trace("a", None, name) for name in ("good", "garbage", "missing", "bytes", "good")]
    found = list(rulings(judge, asked))
    assert [one.ruling for one in found] == [PASS, UNJUDGED, UNJUDGED, UNJUDGED, PASS]
    assert all(one.judge == "llm:remote" for one in found)
    assert "judge 'llm:remote' gave no verdict: Expecting value" in found[1].reason
    assert "HTTP Error 500" in found[2].reason
    nobody = ruled(Remote("http://127.0.0.1:9"), asked[0])
    assert (nobody.ruling, "refused" in nobody.reason) == (UNJUDGED, True)


def test_a_fault_of_the_judge_itself_is_not_hidden() -> None:
    def broken(trace: Trace) -> Verdict:
        raise KeyError("a fault")

    broken.name = "broken"  # type: ignore[attr-defined]
    with pytest.raises(KeyError):
        ruled(broken, trace("a", None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "output", "expected", "ruling"),
    [
        (Kind.CLASSIFICATION, "billing", "billing", PASS),
        (Kind.CLASSIFICATION, " Billing", "billing", PASS),
        (Kind.CLASSIFICATION, "returns", "billing", FAIL),
        (Kind.CLASSIFICATION, "made up", "billing", FAIL),
        (Kind.CLASSIFICATION, "made up", "made up", PASS),
        (Kind.CLASSIFICATION, None, "billing", FAIL),
        (Kind.EXTRACTION, NAMED, NAMED, PASS),
        (Kind.EXTRACTION, (), NAMED, FAIL),
        (Kind.EXTRACTION, (), (), PASS),
        (Kind.GENERATION, " 42\n", "42", PASS),
        (Kind.GENERATION, "41", "42", FAIL),
    ],
)
def test_the_metric_judges_every_kind(
    kind: Kind, output: Target | None, expected: Target, ruling: Ruling
) -> None:
    judge = metric_judge(family(kind), TASKS[kind])
    found = judge(trace(output, expected))
    assert (found.ruling, found.expected) == (ruling, expected)
    assert found.judge == f"metric:{TASKS[kind].metric}"
    assert (found.reason == "") is (ruling is PASS)


def test_without_a_right_answer_the_metric_cannot_judge() -> None:
    judge = reader().judge
    with pytest.raises(JudgeError, match="names no right answer"):
        judge(trace("billing", None))
    assert ruled(judge, trace("billing", None)).ruling is UNJUDGED
