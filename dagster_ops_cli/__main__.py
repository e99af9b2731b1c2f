"""Start `ops`, as a command or as `python -m dagster_ops_cli`."""

import os


def main() -> None:
    """Run `ops` as a process. Ctrl-C while its modules are imported ends it without a traceback."""
    try:
        from dagster_ops_cli.cli.main import main as run

        run()
    except KeyboardInterrupt:
        os._exit(130)


if __name__ == "__main__":
    main()
