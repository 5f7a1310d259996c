import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from visualsearch.embedding.card import DEFAULT_CARD, BadCard, check_files, read_card, write_card
from visualsearch.embedding.runtime import choose_runtime


@pytest.fixture
def network_copy(tmp_path: Path) -> Path:
    """Return the folder of a copy of the committed network."""
    for suffix in (".json", ".onnx", ".safetensors"):
        shutil.copy(DEFAULT_CARD.with_suffix(suffix), tmp_path)
    return tmp_path


def test_the_committed_card_matches_the_committed_files() -> None:
    card = read_card(DEFAULT_CARD)
    check_files(card)
    assert card.licence
    assert card.training["started_from"]
    assert card.identity.startswith(f"{card.name}@")


def test_a_folder_with_one_network_is_read_as_its_card(network_copy: Path) -> None:
    assert read_card(network_copy) == read_card(DEFAULT_CARD)


def test_a_written_card_reads_back(network_copy: Path) -> None:
    card = replace(read_card(network_copy), name="other", mean=(0.1, 0.2, 0.3))
    assert read_card(write_card(card, network_copy / "other.json").path or "") == card


@pytest.mark.parametrize("suffix", [".onnx", ".safetensors"])
def test_check_files_refuses_changed_files(network_copy: Path, suffix: str) -> None:
    with (network_copy / f"default{suffix}").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(BadCard, match="sha256 differs"):
        check_files(read_card(network_copy))


def test_check_files_names_a_missing_file(network_copy: Path) -> None:
    (network_copy / "default.onnx").unlink()
    with pytest.raises(BadCard, match=r"default\.onnx is missing"):
        check_files(read_card(network_copy))


@pytest.mark.parametrize("content", ["", "[]", '{"name": "x"}', '{"mean": 1, "std": 2}'])
def test_read_card_refuses_invalid_json_and_missing_fields(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(BadCard, match="not the card of a network"):
        read_card(path)


def test_read_card_refuses_a_folder_without_a_network(tmp_path: Path) -> None:
    with pytest.raises(BadCard, match="holds 0 networks"):
        read_card(tmp_path)


def test_choose_runtime_refuses_an_unknown_name() -> None:
    with pytest.raises(ValueError, match="Use auto"):
        choose_runtime("abacus")


def test_a_gpu_without_torch_uses_the_cpu_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia-smi").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert choose_runtime("auto") == "torch"
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    assert choose_runtime("auto") == "onnxruntime"
