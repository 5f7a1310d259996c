"""Rendering the demo pictures, in a Python environment with Blender."""

import os
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

PYTHON = os.environ.get("RENDER_PYTHON", str(settings.BASE_DIR / "render-env" / "bin" / "python"))


def has_blender() -> bool:
    """Return True if the render environment has bpy."""
    try:
        return subprocess.run([PYTHON, "-c", "import bpy"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not has_blender(), reason="bpy is not installed: see demo/render/README.md, or set RENDER_PYTHON")
def test_a_product_is_rendered_from_both_sides(tmp_path: Path) -> None:
    command = [PYTHON, "-m", "demo.render.catalogue_views", "--size=64", "--samples=1", f"--out={tmp_path}"]
    done = subprocess.run(
        [*command, "halden-mug-blue"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for view in (1, 2):
        with Image.open(tmp_path / f"halden-mug-blue-{view}.jpg") as picture:
            assert picture.size == (64, 64)
            colours = picture.convert("RGB").getcolors(64 * 64)
        assert colours is not None
        assert len(colours) > 200, "shaded, not blank"
