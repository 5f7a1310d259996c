"""psql, pg_dump and pg_restore, run against the shop's database."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from typing import IO

from django.db import connection
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from shop import devdb

NEW_IN_17 = b"SET transaction_timeout = 0;\n"  # pg_dump 17 writes it; older servers reject it
HEADER_LINES = 100


class ProgramFailed(RuntimeError):
    """A PostgreSQL program failed. The message is its error output."""


def run_psql() -> int:
    """Run psql in the terminal and return its exit status."""
    arguments, environment = _connection_arguments()
    return subprocess.run([_path("psql"), *arguments], env=environment, check=False).returncode  # noqa: S603


def dump_database(file: IO[bytes], snapshot: str = "") -> None:
    """Dump the database in pg_dump's custom format, optionally at an exported snapshot. Raises ProgramFailed."""
    arguments, environment = _connection_arguments()
    command = [_path("pg_dump"), *arguments, "--format=custom", *([f"--snapshot={snapshot}"] if snapshot else [])]
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors) as dump:  # noqa: S603
            assert dump.stdout is not None
            try:
                shutil.copyfileobj(dump.stdout, file, 2**20)
            except BaseException:
                dump.kill()
                raise
        _check(dump, "pg_dump", errors)


def restore_database(file: IO[bytes]) -> None:
    """Restore a dump in one transaction. Raises ProgramFailed."""
    arguments, environment = _connection_arguments()
    convert = [_path("pg_restore"), "--clean", "--if-exists", "--no-owner", "--no-privileges", "--file=-"]
    apply = [_path("psql"), *arguments, "--no-psqlrc", "--quiet",
             "--set=ON_ERROR_STOP=1", "--output", os.devnull]  # fmt: skip
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile() as dump,
        tempfile.TemporaryFile() as errors,
        tempfile.TemporaryFile() as more_errors,
    ):
        shutil.copyfileobj(file, dump, 2**20)
        dump.seek(0)
        with (
            subprocess.Popen(convert, stdin=dump, stdout=pipe, stderr=errors) as conversion,  # noqa: S603
            subprocess.Popen(apply, env=environment, stdin=pipe, stderr=more_errors) as application,  # noqa: S603
        ):
            assert conversion.stdout is not None
            assert application.stdin is not None
            try:
                application.stdin.write(b"BEGIN;\n")
                _pass_on(conversion.stdout, application.stdin)
                if not conversion.wait():  # if anything fails before this line, nothing is committed
                    application.stdin.write(b"COMMIT;\n")
            except BrokenPipeError:
                conversion.kill()
            finally:
                _close(application.stdin)
        _check(application, "psql", more_errors, errors)
        _check(conversion, "pg_restore", errors)


def _pass_on(script: IO[bytes], psql: IO[bytes]) -> None:
    for _number in range(HEADER_LINES):
        line = script.readline()
        if line != NEW_IN_17:
            psql.write(line)
    shutil.copyfileobj(script, psql, 2**20)


def _close(pipe: IO[bytes]) -> None:
    with suppress(BrokenPipeError):
        pipe.close()


def _check(done: subprocess.Popen[bytes], program: str, *errors: IO[bytes]) -> None:
    if done.returncode:
        output = []
        for file in errors:
            file.seek(0)
            output.append(file.read()[-2000:].decode(errors="replace").strip())
        raise ProgramFailed("\n".join(filter(None, output)) or f"{program} ended with code {done.returncode}.")


def _path(program: str) -> str:
    return str(devdb.BINARIES / "bin" / program)


def _connection_arguments() -> tuple[list[str], dict[str, str]]:
    """Return the command-line arguments, and an environment with the password, which `ps` must not show."""
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    given = {key: value for key, value in connection.get_connection_params().items() if key in known}
    password = given.pop("password", None)
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    return [f"--dbname={make_conninfo(**given)}"], environment
