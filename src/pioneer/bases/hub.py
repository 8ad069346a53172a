"""Bases of the Hugging Face hub: the local cache first, then the network."""

from __future__ import annotations

from pathlib import Path

from pioneer.bases.patience import patient
from pioneer.errors import BaseModelError

_FILES = ["*.safetensors", "*.safetensors.index.json", "*.json", "*.txt", "*.model"]
"""Weights in safetensors, configuration, tokenizer; never a pickle or a line of code."""


def is_hub_id(name: str) -> bool:
    """Whether a name reads as `org/name`."""
    parts = name.split("/")
    return len(parts) == 2 and all(part and part.strip(".") for part in parts)


def cached(name: str) -> Path | None:
    """The snapshot of a base in the local hub cache, if it is there."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True, allow_patterns=_FILES))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        return None
    return folder if any(folder.glob("*.safetensors")) else None


def download(name: str) -> Path:
    """Fetch a base from the hub. Raises BaseModelError: unknown, gated, or unreachable."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        HTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    patient()
    try:
        return Path(snapshot_download(name, allow_patterns=_FILES))
    except HFValidationError as error:
        raise BaseModelError(f"{name!r} is no hub id", hint="a hub id reads org/name") from error
    except GatedRepoError as error:
        hint = "accept its terms on the hub and log in with `hf auth login`"
        raise BaseModelError(f"the hub gates {name!r}", hint=hint) from error
    except RepositoryNotFoundError as error:
        raise BaseModelError(f"the hub knows no model {name!r}") from error
    except (LocalEntryNotFoundError, HfHubHTTPError, HTTPError, OSError) as error:
        hint = "give a local folder, or a base of `pioneer bases list`"
        raise BaseModelError(
            f"{name!r} is not cached and the hub can't be reached", hint=hint
        ) from error
