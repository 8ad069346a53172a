"""Bases of the Hugging Face hub: the local cache first, then the network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pioneer.bases.patience import patient
from pioneer.errors import BaseModelError

_FILES: dict[str, Any] = {
    "allow_patterns": ["*.safetensors", "*.safetensors.index.json", "*.json", "*.txt", "*.model"],
    "ignore_patterns": ["*/*", "consolidated*"],  # other forms of the same weights
}
"""Weights in safetensors, configuration, tokenizer; never a pickle or a line of code."""

_ID = re.compile(r"(?P<repo>\w[\w.-]*/[\w.-]*\w[\w.-]*)(?:@(?P<revision>[\w./-]+))?")
_LOCAL = "give a local folder, or a base of `pioneer bases list`"


def is_hub_id(name: str) -> bool:
    """Whether a name reads as `org/name` or `org/name@revision`."""
    return _ID.fullmatch(name) is not None


def cached(name: str) -> Path | None:
    """The snapshot of a base in the local hub cache, if all of it is there."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(**_asked(name), local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        return None
    return folder if any(folder.glob("*.safetensors")) else None


def download(name: str) -> Path:
    """Fetch a base from the hub. Raises BaseModelError: unknown, gated, without safetensors, or the
    hub is away.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        HTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    patient()
    try:
        folder = Path(snapshot_download(**_asked(name)))
    except HFValidationError as error:
        raise BaseModelError(f"{name!r} is no hub id", hint="a hub id reads org/name") from error
    except GatedRepoError as error:
        hint = "accept its terms on the hub and log in with `hf auth login`"
        raise BaseModelError(f"the hub gates {name!r}", hint=hint) from error
    except RepositoryNotFoundError as error:
        hint = "check the id, and log in with `hf auth login` if it is private"
        raise BaseModelError(f"the hub knows no model {name!r}", hint=hint) from error
    except RevisionNotFoundError as error:
        raise BaseModelError(f"{name!r} has no such revision on the hub", hint=_LOCAL) from error
    except (LocalEntryNotFoundError, HfHubHTTPError, HTTPError, OSError) as error:
        message = f"{name!r} is not cached and the hub can't be reached"
        raise BaseModelError(message, hint=_LOCAL) from error
    if not any(folder.glob("*.safetensors")):
        hint = "only safetensors are loaded, as other weights may run code; choose another base"
        raise BaseModelError(f"{name!r} of the hub holds no *.safetensors", hint=hint)
    return folder


def _asked(name: str) -> dict[str, Any]:
    found = _ID.fullmatch(name)
    told = {"repo_id": name} if found is None else {"repo_id": found["repo"]}
    return _FILES | told | {"revision": found and found["revision"]}
