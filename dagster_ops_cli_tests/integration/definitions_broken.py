"""A code location that does not load: somebody forgot to set its environment variable."""

import os


def connect() -> str:
    return os.environ["OPS_TESTS_NEVER_SET_THIS"]


DATABASE = connect()
