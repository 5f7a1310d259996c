"""The shop runs on requirements-shop.txt: only training, measuring and the torch runtime need more."""

import json
import os
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

IMPORT_ALL = """
import importlib, json, pkgutil, sys
for name in ("torch", "torchvision", "onnxscript", "matplotlib", "cv2"):
    sys.modules[name] = None  # any import of it raises ImportError
import django
django.setup()
imported, failed = [], {}
for package in map(importlib.import_module, ("shop", "catalog", "visualsearch")):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        try:
            importlib.import_module(module.name)
            imported.append(module.name)
        except ImportError as error:
            failed[module.name] = error.name
print(json.dumps([imported, failed]))
"""
EMBEDDING = ("bodies", "efficientnet_lite", "network", "runtime_torch", "side_by_side", "torchvision_models")
COMMANDS = ("evaluate_network", "fit_projection", "join_network", "train_network")
NEED_MORE = (
    "visualsearch.training.",
    "visualsearch.measuring.",
    *(f"visualsearch.embedding.{name}" for name in EMBEDDING),
    *(f"visualsearch.management.commands.{name}" for name in COMMANDS),
)


@pytest.mark.slow
def test_the_shop_needs_no_package_of_training() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "shop.settings"}
    command = [sys.executable, "-W", "ignore", "-c", IMPORT_ALL]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    imported, failed = json.loads(done.stdout.splitlines()[-1])
    assert {"shop.management.commands.up", "visualsearch.views", "visualsearch.embedding.onnx_maps"} <= set(imported)
    assert not {name: missing for name, missing in failed.items() if not name.startswith(NEED_MORE)}
