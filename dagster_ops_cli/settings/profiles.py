"""The configuration file of `ops`: named targets, one of which is current.

YAML, such as::

    current: staging
    profiles:
      staging: {url: 'https://dagster.example.com/staging', header_command: print-iap-header, timeout: 90s}
      plus: {organization: hooli, deployment: prod, api_token_env: HOOLI_TOKEN}
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagster_ops_cli.errors import InvalidContentError, InvalidRequestError, OutputError
from dagster_ops_cli.files import replace_file

# The keys of a profile. Values are texts, except headers, which is a mapping of texts.
KEYS = (
    "url",
    "organization",
    "deployment",
    "api_token",
    "api_token_env",
    "headers",
    "header_command",
    "timeout",
    "ca_bundle",
    "client_cert",
    "client_key",
    "insecure",
    "allow_http_token",
    "confirm_above",
)
_OTHERS = stat.S_IRGRP | stat.S_IROTH
_MOST_CHARACTERS = 1_000_000
# All scalars are read as texts, so also these, which mean null in YAML.
_NONE = ("null", "Null", "NULL", "~")


@dataclass(frozen=True)
class ProfileFile:
    """The content of the file, empty if there is none. ``repr`` does not show the profiles."""

    path: Path
    current: str | None = None
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()

    def get(self, name: str, source: str) -> Mapping[str, Any]:
        """Return a profile that ``source`` names. Raises InvalidRequestError, which lists the existing ones."""
        if name in self.profiles:
            return self.profiles[name]
        there = f"it has {', '.join(sorted(self.profiles))}" if self.profiles else "it has none yet"
        raise InvalidRequestError(
            f"{source}: there is no profile {name!r} in {self.path}; {there}",
            hint="To create it: ops config set NAME --url URL",
        )

    def with_profile(self, name: str, profile: Mapping[str, Any]) -> "ProfileFile":
        """Return the file with this profile added or replaced; the first profile becomes current."""
        return ProfileFile(self.path, self.current or name, {**self.profiles, name: profile}, self.warnings)

    def without_profile(self, name: str) -> "ProfileFile":
        """Return the file without this profile."""
        left = {key: value for key, value in self.profiles.items() if key != name}
        return ProfileFile(self.path, None if self.current == name else self.current, left, self.warnings)

    def with_current(self, name: str) -> "ProfileFile":
        """Return the file with this profile as the current one."""
        return ProfileFile(self.path, name, self.profiles, self.warnings)

    def write(self) -> None:
        """Replace the file on disk, readable only by its owner. Raises OutputError."""
        import yaml

        content: dict[str, Any] = {"current": self.current} if self.current else {}
        content |= {"profiles": {name: dict(each) for name, each in self.profiles.items()}}
        # If it is a symbolic link, replace the file that it points to.
        path = self.path.resolve()
        if path.exists() and not path.is_file():
            raise InvalidRequestError(f"{self.path} is not a file")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace_file(path, yaml.safe_dump(content, sort_keys=False, allow_unicode=True).encode(), 0o600)
        except OSError as error:
            raise OutputError(f"can't write {self.path}: {error.strerror}") from None


def read_profiles(path: Path | None) -> ProfileFile:
    """Read the file. Raises InvalidContentError, which names the wrong key, but no value."""
    if path is None:
        return ProfileFile(Path("config.yaml"))
    content, mode = read_yaml(path)
    if content is None:
        return ProfileFile(path)
    unknown = [str(key) for key in content if key not in ("current", "profiles")]
    profiles = content.get("profiles") or {}
    current = content.get("current") or None
    if current in _NONE and current not in profiles:
        current = None
    if unknown or not isinstance(profiles, dict) or not (current is None or isinstance(current, str)):
        message = f"unknown key {unknown[0]!r}" if unknown else "it must have the keys current and profiles"
        raise InvalidContentError(f"{path}: {message}")
    checked = {str(name): _check(f"{path}: profile {name}", profile) for name, profile in profiles.items()}
    warnings: tuple[str, ...] = ()
    if mode & _OTHERS:
        warnings = (f"{path} is readable by others (mode {mode:o}); run chmod 600 on it",)
    return ProfileFile(path, current, checked, warnings)


def _check(where: str, profile: Any) -> Mapping[str, Any]:
    if not isinstance(profile, dict):
        raise InvalidContentError(f"{where} is not a mapping")
    for key, value in profile.items():
        if key not in KEYS:
            raise InvalidContentError(f"{where}: unknown key {key!r}; the keys are {', '.join(KEYS)}")
        texts = value.values() if key == "headers" and isinstance(value, dict) else [value]
        if not all(isinstance(text, str) for text in texts) or (key == "headers" and not isinstance(value, dict)):
            raise InvalidContentError(
                f"{where}: {key} must be {'a mapping of texts' if key == 'headers' else 'a text'}"
            )
    return profile


def read_yaml(path: Path) -> tuple[dict[str, Any] | None, int]:
    """Return the mapping in a YAML file, with all scalars as texts, and the file's mode.

    The mapping is None if the file does not exist or is empty. Raises InvalidContentError, which shows no value.
    """
    text, mode = read_text(path)
    if text is None:
        return None, mode
    import yaml

    try:
        # BaseLoader turns no token or name into a date, number or boolean.
        content = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it creates only texts, lists and mappings
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise InvalidContentError(f"{path} is not valid YAML{line}") from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError):
        raise InvalidContentError(f"{path} is not valid YAML") from None
    if not content:
        return None, mode
    if not isinstance(content, dict):
        raise InvalidContentError(f"{path} is not a mapping")
    return content, mode


def read_text(path: Path) -> tuple[str | None, int]:
    """Return a file's text and mode; the text is None if it does not exist. Raises InvalidContentError."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MOST_CHARACTERS + 1)
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return None, 0
    except OSError as error:
        raise InvalidContentError(f"can't read {path}: {error.strerror}") from None
    except ValueError:
        raise InvalidContentError(f"{path} is not text in UTF-8") from None
    if len(text) > _MOST_CHARACTERS:
        raise InvalidContentError(f"{path} is too large for a configuration file")
    return text, mode
