"""PostgreSQL's own programs, at the shop's database: the embedded one or that of `DATABASE_URL`."""

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

UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"  # the programs are newer than the server may be
HEADER_LINES = 100


class ProgramFailed(RuntimeError):
    """A program of PostgreSQL ended with an error; the message is what it said."""


def run_psql() -> int:
    """Run psql in the terminal. Returns its exit status."""
    arguments, environment = _place()
    return subprocess.run([_path("psql"), *arguments], env=environment, check=False).returncode  # noqa: S603


def dump_database(file: IO[bytes], snapshot: str = "") -> None:
    """Write the database in pg_dump's own format, as the exported snapshot sees it if one is named.

    Raises ProgramFailed.
    """
    arguments, environment = _place()
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
    """Restore such a dump in one transaction: all of it, or nothing. Raises ProgramFailed."""
    arguments, environment = _place()
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
                if not conversion.wait():  # whatever ends before this line ends without a commit
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
        if line != UNKNOWN_BEFORE_17:
            psql.write(line)
    shutil.copyfileobj(script, psql, 2**20)


def _close(pipe: IO[bytes]) -> None:
    with suppress(BrokenPipeError):
        pipe.close()


def _check(done: subprocess.Popen[bytes], program: str, *errors: IO[bytes]) -> None:
    if done.returncode:
        said = []
        for file in errors:
            file.seek(0)
            said.append(file.read()[-2000:].decode(errors="replace").strip())
        raise ProgramFailed("\n".join(filter(None, said)) or f"{program} ended with code {done.returncode}.")


def _path(program: str) -> str:
    return str(devdb.BINARIES / "bin" / program)


def _place() -> tuple[list[str], dict[str, str]]:
    """Return the arguments that name the database, and an environment with the password, which no list of processes
    may show."""
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    given = {key: value for key, value in connection.get_connection_params().items() if key in known}
    password = given.pop("password", None)
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    return [f"--dbname={make_conninfo(**given)}"], environment
