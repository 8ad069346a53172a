"""The systems that are compared, and how each is set up, started and asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "benchmarks" / "peers"
TORCH = "torch==2.13.0"  # a range could bring a CUDA build


@dataclass(frozen=True, slots=True)
class Job:
    """One system's task, in one folder."""

    folder: Path  # holds data/train.jsonl, and texts.jsonl once it has learned
    description: str
    seed: int
    budget: str  # as typed: 5m
    deadline: float  # time.time() at which the budget is spent

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def texts(self) -> Path:
        return self.folder / "texts.jsonl"

    @property
    def output(self) -> Path:
        return self.folder / "predictions.jsonl"


Command = Callable[[Job], list[str]]


@dataclass(frozen=True, slots=True)
class System:
    name: str
    title: str
    venv: str
    fit: Command
    predict: Command

    @property
    def ready(self) -> bool:
        """Whether its virtual environment is there."""
        return _bin(self.venv, "python").exists()


def environment(job: Job, threads: int) -> dict[str, str]:
    """The same for all: so many threads, no hub, an empty cache, no catalogue with test rows."""
    count = str(threads)
    ours = ("PIONEER_", "PYTHON", "HF_", "OMP_", "TRANSFORMERS_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return kept | {
        "OMP_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "RAYON_NUM_THREADS": count,
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "XDG_CACHE_HOME": str(job.folder / "cache"),
        "PIONEER_CATALOGUE": "",
        "PIONEER_CACHE": str(bases()),
    }


def bases() -> Path:
    """Where pioneer keeps base weights; pulling them is outside the budget."""
    return ROOT / "benchmarks" / "results" / "cold_start" / "bases"


def pull_base() -> None:
    """Fetch our base model before the clock runs, as a user would have."""
    command = [str(_bin(".venv", "pioneer")), "bases", "pull", "minilm"]
    bases().mkdir(parents=True, exist_ok=True)
    subprocess.run(
        command, env=os.environ | {"PIONEER_CACHE": str(bases())}, stdout=subprocess.DEVNULL
    )


def set_up(system: System) -> None:
    """Make a peer's virtual environment from its pinned list; torch first, by itself."""
    pins = PEERS / f"{system.name}.txt"
    if not pins.exists():
        return
    marker = ROOT / system.venv / ".ready"
    if marker.exists() and marker.read_text() == pins.read_text():
        return
    shutil.rmtree(ROOT / system.venv, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(ROOT / system.venv)], check=True)
    pip = [str(_bin(system.venv, "pip")), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", str(pins), TORCH], check=True)
    subprocess.run([*pip, "-r", str(pins)], check=True)
    marker.write_text(pins.read_text())


def _bin(venv: str, name: str) -> Path:
    return ROOT / venv / "bin" / name


def _peer(script: str, name: str, title: str, venv: str) -> System:
    start = [str(_bin(venv, "python")), str(PEERS / script)]

    def fit(job: Job) -> list[str]:
        learn = ["--train", str(job.data / "train.jsonl"), "--model", str(job.model)]
        return [*start, "fit", *learn, "--seed", str(job.seed), "--deadline", str(job.deadline)]

    def predict(job: Job) -> list[str]:
        paths = ["--texts", str(job.texts), "--output", str(job.output)]
        return [*start, "predict", "--model", str(job.model), *paths]

    return System(name, title, venv, fit, predict)


def _pioneer_fit(job: Job) -> list[str]:
    return [
        *(str(_bin(".venv", "pioneer")), "cold-start", job.description),
        *("--data", str(job.data), "--budget", job.budget, "--seed", str(job.seed)),
        *("--target", "1.0", "--name", "m", "--workspace", str(job.model), "--json"),
    ]


def _pioneer_predict(job: Job) -> list[str]:
    return [
        *(str(_bin(".venv", "pioneer")), "predict", "m", "--workspace", str(job.model)),
        *("--input", str(job.texts), "--output", str(job.output)),
    ]


US = "pioneer"
FROZEN = "frozen"
SYSTEMS = {
    system.name: system
    for system in (
        System(US, "pioneer", ".venv", _pioneer_fit, _pioneer_predict),
        _peer("frozen.py", FROZEN, "frozen MiniLM + LR", ".venv"),
        _peer("finetune.py", "finetune", "Trainer defaults", ".venv"),
        _peer("setfit_peer.py", "setfit", "SetFit", ".venv-setfit"),
        _peer("autointent_peer.py", "autointent", "AutoIntent", ".venv-autointent"),
    )
}
