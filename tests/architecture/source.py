"""The files of the project, as git lists them."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@cache
def files(pattern: str) -> list[Path]:
    """Return the files that match a git pattern: tracked and new files, but not ignored ones."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file()]


@cache
def modules() -> dict[str, ast.Module]:
    """Return the syntax trees of all Python files but migrations, by path from the root."""
    found = (file for file in files("*.py") if "migrations" not in file.parts)
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text()) for file in found}
