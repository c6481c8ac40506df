"""Nothing is fetched or sent, ever: every command works where no socket can be opened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deepspectrum_features import cli

TESTS = Path(__file__).parent

#: Run by every Python below before anything else. No socket can be made but those that stay on the
#: machine; who looks for another machine is noted. (urllib3, which Lightning loads, tries a socket
#: to see whether there is IPv6, and asks nobody.)
REFUSE = """
import os, sys

def refuse(event, arguments):
    looks = event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
    if looks:
        with open(os.environ["ASKED"], "a") as stream:
            print(event, arguments, file=stream)
    if looks or (event == "socket.__new__" and arguments[1] != 1):  # 1 is AF_UNIX
        raise PermissionError("no network")

sys.addaudithook(refuse)
"""


@pytest.fixture
def offline(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which no Python reaches the network; ASKED lists who tried to."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook/sitecustomize.py").write_text(REFUSE)
    paths = {"PYTHONPATH": str(tmp_path / "hook"), "ASKED": str(tmp_path / "asked.txt")}
    return os.environ | paths | {"HOME": str(tmp_path)}


def python(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_network_is_out_of_reach(offline: dict[str, str]) -> None:
    """Without this the test below would pass whatever commands do."""
    code = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')"
    done = python(offline, "-c", code)
    assert "PermissionError: no network" in done.stderr
    assert "socket." in Path(offline["ASKED"]).read_text()


@pytest.mark.slow
def test_every_command_works_without_a_network(offline: dict[str, str], tmp_path: Path) -> None:
    for package in ("torch", "sklearn", "matplotlib", "opensmile"):
        pytest.importorskip(package)
    (tmp_path / "work").mkdir()
    done = python(offline, TESTS / "offline_run.py", tmp_path / "work")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {name for name, _, _ in lines} == {*cli.dsf.list_commands(None)}
    failed = [(name, said) for name, code, said in lines if code]
    assert failed == []
    assert not Path(offline["ASKED"]).exists(), Path(offline["ASKED"]).read_text()
