"""What goes wrong with the hub, in one line each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pioneer.errors import PioneerError, SourceError

OTHER = "give another data set, or your own rows with --data PATH"
_AWAY = "work offline: give rows with --data PATH"
_LOGIN = "log in with `hf auth login`"


@contextmanager
def hub_errors(name: str) -> Iterator[None]:
    """Turn what the hub's libraries raise into a SourceError that names the data set.

    They read what strangers put up, and may raise anything.
    """
    from huggingface_hub import errors

    http_error: type[Exception] = errors.HTTPError  # type: ignore[attr-defined]
    try:
        yield
    except PioneerError:
        raise
    except errors.GatedRepoError as error:
        way = f"accept its terms on the hub and {_LOGIN}"
        raise SourceError(f"the hub gates {name!r}", hint=way) from error
    except errors.RevisionNotFoundError as error:
        raise SourceError(f"{name!r} has no such revision on the hub", hint=OTHER) from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        way = f"check the id, and {_LOGIN} if it is private"
        raise SourceError(f"the hub knows no data set {name!r}", hint=way) from error
    except (errors.OfflineModeIsEnabled, ConnectionError, http_error) as error:
        raise _unreached(name, error) from error
    except Exception as error:
        if any(isinstance(cause, http_error) for cause in _causes(error)):
            raise _unreached(name, error) from error
        raise SourceError(
            f"{name!r} of the hub cannot be read: {_reason(error)}", hint=OTHER
        ) from error


def _unreached(name: str, error: Exception) -> SourceError:
    answers = [getattr(cause, "response", None) for cause in _causes(error)]
    status = next((answer.status_code for answer in answers if answer is not None), None)
    if status in (401, 403):
        return SourceError(f"the hub refuses your login for {name!r}", hint=_LOGIN)
    said = "" if status is None else f": it answers {status}"
    return SourceError(f"the hub cannot be reached for {name!r}{said}", hint=_AWAY)


def _reason(error: BaseException) -> str:
    """What the first cause says, in one line."""
    first = _causes(error)[-1]
    return " ".join(str(first).split())[:200] or type(first).__name__


def _causes(error: BaseException) -> list[BaseException]:
    found = [error]
    while found[-1].__cause__ is not None:
        found.append(found[-1].__cause__)
    return found
