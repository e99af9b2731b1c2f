"""A configuration as text that can be shown: the values of keys that look secret are masked."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import yaml

_MASK = "***"
# The shortest secret that is masked wherever it appears; a shorter one would mask ordinary words.
_SHORTEST = 6
# Keys of things that Dagster and databases call keys.
_NO_SECRETS = re.compile(r"(asset|partition|primary|foreign|sort|group|dimension)_?keys?$", re.IGNORECASE)
_LOGIN = re.compile(r"(//[^/?#\s@:]*:)([^/?#\s]+)(@)")
_SCHEME = re.compile(r"(?:basic|bearer|token)\s+", re.IGNORECASE)
_VARIABLE = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*)=(.+)$", re.DOTALL)


class MaskedConfig(NamedTuple):
    """A configuration as YAML, and the ``secrets`` that were masked in it."""

    text: str
    secrets: list[str]


def masked_config(config: Mapping[str, Any] | str, is_secret: Callable[[str], bool]) -> MaskedConfig:
    """Return a configuration, given as data or as YAML, with secrets masked. ``is_secret`` judges the name of a key.

    Text that can't be read as YAML is masked as a whole. Comments are left out.
    """
    secrets: list[str] = []
    try:
        config = yaml.safe_load(config) if isinstance(config, str) else config
        data = _masked(config, lambda name: is_secret(_words(name)) and not _NO_SECRETS.search(name), secrets)
    except (yaml.YAMLError, ValueError, RecursionError):
        # A ValueError is a date such as 2024-02-30; an alias may contain itself.
        return MaskedConfig(_MASK, [])
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
    forms = {form for each in secrets for form in _forms(each) if len(form) >= _SHORTEST}
    return MaskedConfig(text, sorted(forms, key=len, reverse=True))


def _forms(secret: str) -> set[str]:
    """Return what a message or a log may show of a secret: all of it, as JSON or as Python, one line, no scheme."""
    lines = [secret, *(line.strip() for line in secret.splitlines()), _SCHEME.sub("", secret, count=1)]
    return {form for line in lines for form in (line, json.dumps(line)[1:-1], repr(line)[1:-1])}


def _words(name: str) -> str:
    """Return a name with its words separated: ``apiKey`` and ``API_KEY`` are the same name."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def _masked(value: Any, is_secret: Callable[[str], bool], secrets: list[str]) -> Any:
    if isinstance(value, Mapping):
        # A list of variables has the name beside the value.
        named = next((value[key] for key in ("name", "key") if isinstance(value.get(key), str)), "")
        hidden = {"value"} if named and is_secret(named) else set()
        return {
            key: _hidden(each, secrets) if key in hidden or is_secret(str(key)) else _masked(each, is_secret, secrets)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_masked(each, is_secret, secrets) for each in value]
    return _masked_text(value, is_secret, secrets) if isinstance(value, str) else value


def _masked_text(text: str, is_secret: Callable[[str], bool], secrets: list[str]) -> str:
    """Return a text with the secrets masked that it holds as JSON, as ``NAME=value`` or as the login of a URL."""
    if text.lstrip().startswith(("{", "[")):
        try:
            return json.dumps(_masked(json.loads(text), is_secret, secrets), ensure_ascii=False)
        except ValueError:
            pass
    variable = _VARIABLE.match(text)
    if variable and is_secret(variable[1]):
        secrets.append(variable[2])
        return f"{variable[1]}={_MASK}"
    secrets.extend(match[2] for match in _LOGIN.finditer(text))
    return _LOGIN.sub(rf"\1{_MASK}\3", text)


def _hidden(value: Any, secrets: list[str]) -> Any:
    """Return the value with every text and number in it masked."""
    if isinstance(value, Mapping):
        return {key: _hidden(each, secrets) for key, each in value.items()}
    if isinstance(value, list):
        return [_hidden(each, secrets) for each in value]
    if value is None or isinstance(value, bool):
        return value
    secrets.append(str(value))
    return _MASK
