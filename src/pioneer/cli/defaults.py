"""Defaults of options from pioneer.toml: top-level keys for all commands, tables for some."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pioneer.errors import ArgumentError

FILE = "pioneer.toml"


def defaults(file: Path, commands: Mapping[str, Any]) -> dict[str, Any]:
    """What the file sets, by command and parameter; empty where there is no file.

    Keys are option names: `seed = 1` for every command that has one, `[cold-start]` for a command,
    `[models]` for all of a group, `[models.export]` for one of it. Raises ArgumentError for a key
    that no command has or a value of the wrong type.
    """
    document = _read(file)
    shared = {key: value for key, value in document.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in document.items() if isinstance(value, dict)}
    for name in sorted(tables.keys() - commands.keys()):
        raise _unknown(f"table [{name}]", commands)
    known = {name for command in commands.values() for name in _all_options(command)}
    for key in sorted(shared.keys() - known):
        raise _unknown(f"key {key!r}", known)
    return {
        name: _of(command, tables.get(name, {}), shared, name) for name, command in commands.items()
    }


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ArgumentError(f"cannot be read: {error}", file=FILE, hint="mend it") from error


def _of(
    command: Any, table: Mapping[str, Any], shared: Mapping[str, Any], where: str
) -> dict[str, Any]:
    """The defaults of a command, or of every command of a group."""
    inner = getattr(command, "commands", None)
    known = _all_options(command)
    for key in sorted(table.keys() - known.keys() - (inner or {}).keys()):
        raise _unknown(f"key {key!r} in [{where}]", known)
    if inner is not None:
        own = {key: value for key, value in table.items() if key not in inner}
        return {
            name: _of(one, _table(table, name, where), _fitting({**shared, **own}, one), where)
            for name, one in inner.items()
        }
    options = _options(command)
    values = {**_fitting(shared, command), **table}
    return {options[key].name: _checked(key, options[key], values[key]) for key in values}


def _table(table: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        raise ArgumentError(f"[{where}] {name} is a command, not an option", file=FILE)
    return found


def _fitting(values: Mapping[str, Any], command: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key in _all_options(command)}


def _all_options(command: Any) -> dict[str, Any]:
    """Options by the name a user writes; of a group, those of its commands."""
    inner = getattr(command, "commands", None)
    if inner is None:
        return _options(command)
    return {name: option for one in inner.values() for name, option in _options(one).items()}


def _options(command: Any) -> dict[str, Any]:
    return {
        spelled.lstrip("-"): param
        for param in command.params
        if param.param_type_name == "option" and param.name != "help"
        for spelled in param.opts
    }


def _checked(key: str, option: Any, value: Any) -> Any:
    """The value as it would stand on the command line."""
    if option.is_flag:
        if isinstance(value, bool):
            return value
        raise _mistyped(key, "true or false", value)
    if option.multiple:
        found = [value] if isinstance(value, str) else value
        if isinstance(found, list) and all(isinstance(one, str) for one in found):
            return found
        raise _mistyped(key, "text or a list of texts", value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _mistyped(key, "a single value", value)
    return str(value)


def _mistyped(key: str, wanted: str, value: object) -> ArgumentError:
    return ArgumentError(f"{key!r} takes {wanted}, but got {value!r}", file=FILE)


def _unknown(what: str, known: Any) -> ArgumentError:
    return ArgumentError(f"unknown {what}", file=FILE, hint=f"known: {', '.join(sorted(known))}")
