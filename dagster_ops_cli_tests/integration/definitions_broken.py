"""A code location that does not load, because an environment variable is not set."""

import os


def connect() -> str:
    return os.environ["OPS_TESTS_NEVER_SET_THIS"]


DATABASE = connect()
