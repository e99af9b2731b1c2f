"""GitHub Actions obeys commands such as ``::add-mask::`` in a job's output; text from Dagster must not contain any."""

import os
import re
import stat

# What .NET takes for white space, as UTF-8: GitHub ignores it before a command. The beginning of such a character.
_BLANK = rb"(?:[\t\v\f\x20]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)"
_HALF = rb"(?:\xef\xbb?|\xc2|\xe1\x9a?|\xe2[\x80\x81]?|\xe3\x80?)"
_MARK = rb"(?:\xef\xbb\xbf)?"
# A line begins with ::, or contains ##[ anywhere. A byte order mark may precede the first line.
_COMMAND = re.compile(rb"((?<![^\r\n])" + _MARK + _BLANK + rb"*:)(:)|(##)(\[)")
_LAST_LINE = re.compile(rb"[^\r\n]*\Z")
# A line that may become a command: blank so far, but for one colon.
_OPEN = re.compile(_MARK + _BLANK + rb"*(:|" + _HALF + rb"|)\Z")


def command_filter(number: int) -> "CommandFilter | None":
    """Return a filter for what is written to this file descriptor; None for a file, which GitHub does not read."""
    try:
        return None if stat.S_ISREG(os.fstat(number).st_mode) else CommandFilter()
    except OSError:
        return None


class CommandFilter:
    r"""Makes workflow commands harmless in a stream of bytes, whatever the pieces in which it arrives.

    The last character of what makes a command is written as ``\u003a`` or ``\u005b``. In JSON that is the same text.
    """

    def __init__(self) -> None:
        # The end of the current line, as far as it matters for what follows.
        self._before = b""

    def __call__(self, data: bytes) -> bytes:
        """Return the next piece without workflow commands."""
        whole = self._before + data
        cleaned = _COMMAND.sub(_escape, whole)[len(self._before) :]
        line = _LAST_LINE.findall(whole)[0]
        may_open = _OPEN.match(line)
        # The last two bytes can be those of ##[.
        self._before = may_open[1] if may_open else b"x" + line[-2:]
        return cleaned


def _escape(match: re.Match[bytes]) -> bytes:
    start, character = (match[1], match[2]) if match[2] else (match[3], match[4])
    return start + rb"\u%04x" % ord(character)
