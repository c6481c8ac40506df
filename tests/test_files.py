"""A file stands whole under its name, or what stood there before is untouched."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from deepspectrum_features.files import (
    folder_name,
    folder_names,
    whole_file,
    whole_folder,
    write_text,
)


def test_file_appears_under_its_name_at_the_end_only(tmp_path: Path) -> None:
    path = tmp_path / "out.h5"
    with whole_file(path) as draft:
        draft.write_bytes(b"half")
        assert not path.exists()
        draft.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


def test_draft_lies_beside_its_file_and_is_hidden(tmp_path: Path) -> None:
    with whole_file(tmp_path / "out.h5") as draft:
        assert draft.parent == tmp_path, "a rename is atomic within one folder"
        assert draft.name.startswith(".")
        draft.touch()


def test_two_who_write_one_file_in_one_process_do_not_meet(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a.txt") as first, whole_file(tmp_path / "a.txt") as second:
        first.write_text("whole")
        second.write_text("whole")
        assert first != second
    assert [path.read_text() for path in tmp_path.iterdir()] == ["whole"]


def test_drafts_of_another_machine_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a process lives is known of those of this machine alone."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for machine, left in (("node8", 1), ("node7", 0)):
        with monkeypatch.context() as patch:
            patch.setattr(platform, "node", lambda: "node7.cluster")
            with whole_file(tmp_path / "a.txt") as draft:
                assert draft.name.startswith(f".a.txt.node7-{os.getpid()}-")
                orphan = tmp_path / f".a.txt.{machine}-{ended.pid}-1.draft"
                orphan.touch()
                write_text(tmp_path / "a.txt", "whole")
                assert orphan.exists() == left
                draft.touch()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_error_leaves_nothing_new(tmp_path: Path, error: type[BaseException]) -> None:
    def fail(path: Path) -> None:
        with whole_file(path) as draft:
            draft.write_text("half")
            raise error("in the middle")

    with pytest.raises(error, match="in the middle"):
        fail(tmp_path / "new.txt")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "old.txt").write_text("old")
    with pytest.raises(error, match="in the middle"):
        fail(tmp_path / "old.txt")
    assert (tmp_path / "old.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["old.txt"]


def test_existing_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old and longer than the new text")
    write_text(path, "new")
    assert path.read_text() == "new\n"


def test_a_link_is_replaced_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file.txt").write_text("old")
    for target in ("kept", "nowhere"):
        link = tmp_path / f"to_{target}"
        link.symlink_to(target)
        with whole_folder(link) as draft:
            (draft / "file.txt").write_text("new")
        assert not link.is_symlink()
        assert (link / "file.txt").read_text() == "new"
    assert (tmp_path / "kept" / "file.txt").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 3


def test_content_is_on_disk_before_the_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, events = tmp_path / "out.txt", []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        events.append((os.fstat(descriptor).st_size, path.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    write_text(path, "12345")
    assert events[0] == (6, False), "all six bytes, and no file of that name yet"
    assert path.exists()


def test_failing_disk_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_text(tmp_path / "out.txt", "text")
    assert list(tmp_path.iterdir()) == []


def test_text_is_utf8_and_ends_with_a_newline(tmp_path: Path) -> None:
    write_text(tmp_path / "out.txt", "grün\n東")
    assert (tmp_path / "out.txt").read_bytes() == "grün\n東\n".encode()


def test_text_that_is_not_utf8_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        write_text(tmp_path / "out.txt", "\udcfc")
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="gone"):
        write_text(tmp_path / "gone" / "out.txt", "text")


#: Names that Windows has no files of, by Microsoft's documentation.
DEVICES = ["con", "PRN", "aux", "NUL", "com1", "LPT9", "aux.v2", "nul.tar.gz"]


def test_folders_of_strange_names_are_safe_and_unlike() -> None:
    names = ["a/b", "a_b", "..", "Ą ę", "c:d", "e\\f", "g.", "x", *DEVICES]
    folders = [folder_name(name) for name in names]
    assert len({one.casefold() for one in folders}) == len(names)
    for one in folders:
        assert not set('<>:"/\\|?*') & set(one)
        assert not one.startswith("."), "hidden"
        assert not one.endswith("."), "Windows drops a full stop at the end"
        assert one.partition(".")[0].casefold() not in [name.casefold() for name in DEVICES]
    assert folder_name("x") == "x"
    assert folder_name("console.v2") == "console.v2"


def test_folders_side_by_side_differ_in_more_than_case() -> None:
    names = ["EB0", "anna", "Anna", "ANNA", "Bert"]
    folders = folder_names(names)
    assert len({one.casefold() for one in folders}) == len(names)
    assert (folders[0], folders[4]) == ("EB0", "Bert")
    assert all(folder.startswith(name) for name, folder in zip(names, folders, strict=True))
