"""Replace a file in one step: a reader finds the old content or the new one, never a part."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

# How many characters of a file's name are in that of its temporary file; a name may have 255 bytes.
_NAME = 40


def replace_file(path: Path, data: bytes, mode: int | None = None) -> None:
    """Write a file that is on the disk when this returns. Raises OSError, and leaves the old file as it was.

    Without a ``mode``, an existing file keeps its own, and a new one gets that of any new file.
    """
    descriptor, name = tempfile.mkstemp(".new", f".{path.name[:_NAME]}.", path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            # mkstemp makes files that only the owner may read.
            os.fchmod(descriptor, _mode_of(path) if mode is None else mode)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()


def _umask() -> int:
    """Return the mask that new files get; the system has no way to only read it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
