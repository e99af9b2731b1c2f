"""Read a YAML or JSON configuration file into a model, or report all its problems at once with their lines."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

from dagster_ops_cli.errors import InvalidContentError
from dagster_ops_cli.nearest import did_you_mean

C = TypeVar("C", bound=BaseModel)
Place = tuple[str | int, ...]

_MOST_BYTES = 5_000_000
# Each use of an alias counts: a few lines of aliases can expand to billions of values.
_MOST_VALUES = 500_000
_DEEPEST = 100
# Values below these keys have YAML's own types. All other values are read as text, because YAML reads NO as false and
# 2024-01-01 as a date; the model converts text to the types that it needs.
_TYPED = ("run_config",)
_NULL = "tag:yaml.org,2002:null"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
# The end of a place as `show_place` writes it.
_LAST_PART = re.compile(r"(\.[^.\[\]]*|\[\d+\])$")
# What ops says for each kind of error that pydantic reports. The placeholders are details of the error.
_WORDS = {
    "missing": "is missing",
    "string_type": "Must be text",
    "string_too_short": "Must not be empty",
    "list_type": "Must be a list",
    "too_short": "Must not be empty",
    "dict_type": "Must be a mapping of keys to values",
    "model_type": "Must be a mapping of keys to values",
    "int_type": "Must be a whole number",
    "int_parsing": "Must be a whole number",
    "int_from_float": "Must be a whole number",
    "greater_than_equal": "Must be {ge} or more",
    "bool_type": "Must be true or false",
    "bool_parsing": "Must be true or false",
    "literal_error": "Must be {expected}",
}
# JSON spellings that YAML can't read: a character as two escapes, and some characters that are not escaped.
_JSON_SPELLING = re.compile(r"\\u([dD][89abAB]..)\\u([dD][c-fC-F]..)|\\.|[\t\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


# The files read so far, to add line numbers to problems that are found later.
_FILES: "ContextVar[dict[str, _Reader]]" = ContextVar("files")


def load_config(path: str, model: type[C], see: Callable[[dict[str, Any]], None] | None = None) -> C:
    """Return the file as a model. ``see`` is called with its content before that is checked.

    Raises InvalidContentError with every problem, its line and its place in the file.
    """
    text = _read(path)
    reader = _Reader(path, text)
    _FILES.get({})[path] = reader
    data = reader.data
    if not isinstance(data, dict):
        raise InvalidContentError(f"{path}: the file must be a mapping of keys to values")
    if see:
        see(data)
    problems = list(reader.problems)
    try:
        config = model.model_validate(data)
    except ValidationError as error:
        problems += [_problem(each, model, reader) for each in error.errors(include_url=False)]
    if problems:
        raise problems_error(path, problems)
    return config


@contextmanager
def problems_of(path: str) -> Iterator[None]:
    """Add the name of the file and line numbers to an InvalidContentError, which has one problem per line."""
    files: dict[str, _Reader] = {}
    token = _FILES.set(files)
    try:
        yield
    except InvalidContentError as error:
        if error.message.startswith((f"{path}: ", f"can't read {path}: ")):
            raise
        problems = error.message.splitlines()
        raise problems_error(path, files[path].with_lines(problems) if path in files else problems) from error
    finally:
        _FILES.reset(token)


def problems_error(path: str, problems: list[str]) -> InvalidContentError:
    """Return the error that lists all problems of a file."""
    if len(problems) == 1:
        return InvalidContentError(f"{path}: {problems[0]}")
    problems = sorted(problems, key=_line_of)
    return InvalidContentError("\n".join([f"{path}: {len(problems)} problems", *(f"  {each}" for each in problems)]))


def _line_of(problem: str) -> int:
    match = re.match(r"line (\d+)", problem)
    return int(match[1]) if match else 0


def _read(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InvalidContentError(f"can't read {path}: {error.strerror}") from error
    except ValueError as error:
        raise InvalidContentError(f"{path!r} is not a valid file name") from error
    if len(data) > _MOST_BYTES:
        raise InvalidContentError(f"{path}: the file is larger than {_MOST_BYTES // 1_000_000} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidContentError(f"{path}: the file is not UTF-8 text (byte {error.start})") from error


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _spelled_for_yaml(match: re.Match[str]) -> str:
    """Return the YAML spelling of a match in a JSON text. It adds no line."""
    if match[1]:
        return f"\\U{ord(bytes.fromhex(match[1] + match[2]).decode('utf-16-be')):08x}"
    if match[0] == "\t":
        # In JSON, a tab can only be between values.
        return " "
    return match[0] if match[0].startswith("\\") else f"\\U{ord(match[0]):08x}"


class _Reader:
    """The values of a YAML document, and the line of each."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text.splitlines()
        self.lines: dict[Place, int] = {}
        self.problems: list[str] = []
        self._left = _MOST_VALUES
        self._constructor = yaml.constructor.SafeConstructor()
        self._json = _is_json(text)
        if self._json:
            text = _JSON_SPELLING.sub(_spelled_for_yaml, text)
        try:
            node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            if node is None:
                raise InvalidContentError(f"{path}: the file is empty")
            self.data = self._value(node, (), typed=False)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
            raise InvalidContentError(f"{path}: {where}not YAML: {error.problem or error.context}") from error
        except (yaml.YAMLError, RecursionError) as error:
            raise InvalidContentError(f"{path}: not YAML: {str(error).splitlines()[0]}") from error

    def line(self, place: Place) -> int | None:
        """Return the line of a value, or of the nearest value that contains it."""
        while place not in self.lines:
            if not place:
                return None
            # The model may have moved the key out of its mapping.
            deeper = [each for each in self.lines if each[-1:] == place[-1:] and each[:-2] == place[:-1]]
            place = deeper[0] if len(place) > 1 and len(deeper) == 1 else place[:-1]
        return self.lines[place]

    def with_lines(self, problems: list[str]) -> list[str]:
        """Return the problems with line numbers, for those that begin with a place in the file."""
        places = {show_place(place): place for place in self.lines if place}
        return [f"line {line}: {each}" if (line := self._line_of_text(each, places)) else each for each in problems]

    def _line_of_text(self, problem: str, places: Mapping[str, Place]) -> int | None:
        text, missing = problem.partition(": ")[0], ""
        while text not in places:
            shorter = _LAST_PART.sub("", text)
            if shorter == text:
                return None
            text, missing = shorter, text[len(shorter) :]
        place = places[text]
        return self.line((*place, missing[1:])) if missing.startswith(".") else self.line(place)

    def _value(self, node: yaml.Node, place: Place, typed: bool) -> Any:
        self._left -= 1
        if self._left < 0 or len(place) > _DEEPEST:
            raise InvalidContentError(f"{self.path}: too many values, or nested too deeply; check the aliases")
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return dict(self._items(node, place, typed))
        if isinstance(node, yaml.SequenceNode):
            return [self._value(each, (*place, index), typed) for index, each in enumerate(node.value)]
        return self._scalar(cast("yaml.ScalarNode", node), place, typed)

    def _scalar(self, node: yaml.ScalarNode, place: Place, typed: bool) -> Any:
        if not typed or node.tag == _TIMESTAMP:
            return None if node.tag == _NULL else str(node.value)
        try:
            if self._json:
                # JSON and YAML differ in numbers: to YAML, 1e3 is text.
                value = node.value if node.style else json.loads(node.value)
            else:
                value = self._constructor.construct_object(node, deep=True)
        except ValueError:
            value = math.nan
        if isinstance(value, float) and not math.isfinite(value):
            line, text = node.start_mark.line + 1, node.value[:40]
            self.problems.append(f"line {line}: {show_place(place)}: {text} is not a number that JSON can hold")
        return value

    def _items(self, node: yaml.MappingNode, place: Place, typed: bool) -> Iterator[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(f"line {line}: a key must be text")
                continue
            key = str(key_node.value)
            if key in seen:
                self.problems.append(f"line {line}: {show_place((*place, key))}: already used in line {seen[key]}")
            seen[key] = line
            self.lines[(*place, key)] = line
            yield key, self._value(value_node, (*place, key), typed or (not place and key in _TYPED))


def show_place(place: Place) -> str:
    """Return a place in the user's notation, such as ``tags.partitions[0].name``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def _problem(error: Mapping[str, Any], model: type[BaseModel], reader: _Reader) -> str:
    # Drop the parts that pydantic adds for the members of a union: they are not in the file.
    place: Place = tuple(part for part in error["loc"] if not str(part).startswith(("list[", "literal[")))
    line = reader.line(place)
    if error["type"] == "extra_forbidden":
        place, key = place[:-1], str(place[-1])
        near = _nearest_key(key, _known_keys(model, place))
        message = f"Unknown key `{key}`" + (f"; did you mean `{near}`?" if near else "")
    elif error["input"] is None and line is not None and "#" in reader.text[line - 1]:
        message = "is empty, because an unquoted # begins a comment; put the value in quotes"
    elif error["type"] in _WORDS:
        message = _WORDS[error["type"]].format_map(error.get("ctx", {})).replace("'", "")
    else:
        message = str(error["msg"]).removeprefix("Value error, ")
    where = f"line {line}: " if line else ""
    return f"{where}{show_place(place)}: {message}" if place else f"{where}{message}"


def _nearest_key(key: str, known: list[str]) -> str | None:
    near = did_you_mean(key, known, count=1)
    if near:
        return near.removeprefix("Did you mean ").removesuffix("?")
    # Suggest `job_name` for `job`, which is too short to be recognised as a misspelling.
    return next((each for each in known if key in each.split("_")), None)


def _known_keys(model: type[BaseModel], place: Place) -> list[str]:
    """Return the keys that the model has at a place."""
    for part in place:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = _models(field.annotation) if field else []
        if not inner:
            return []
        model = inner[0]
    return list(model.model_fields)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [each for part in getattr(annotation, "__args__", ()) for each in _models(part)]
