"""Extraction by machines with addresses of their own, and what comes of it when a link is cut."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dask_cluster import GONE, SHORT, SLOW, Cluster, check, extracting, finish, nine_parts

from deepspectrum_features import Encoder, extract
from deepspectrum_features.testing import contents

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux" or not shutil.which("ip"), reason="needs ip, of Linux"
    ),
]

HOSTS = {
    "scheduler": "10.0.0.1",
    "first": "10.0.0.2",
    "second": "10.0.0.3",
    "command": "10.0.0.4",
}
WORKERS = 2  # on each of the first and the second
LISTENS, CONNECTED = "0A", "01"  # states of a socket, as the kernel writes them

Run = Callable[..., "subprocess.Popen[str]"]


class Network:
    """Hosts whose cables lead to one switch: network namespaces of the same file system."""

    def __init__(self) -> None:
        self._name = f"dsf-{uuid.uuid4().hex[:8]}"

    def build(self) -> None:
        """Make the switch and the hosts, and connect them."""
        switch = self._space("switch")
        self._ip("netns", "add", switch)
        self._ip("-n", switch, "link", "add", "switch", "type", "bridge")
        self._ip("-n", switch, "link", "set", "switch", "up")
        for host, address in HOSTS.items():
            space = self._space(host)
            self._ip("netns", "add", space)
            cable = ["eth0", "netns", space, "type", "veth", "peer", "name", host, "netns", switch]
            self._ip("link", "add", *cable)
            self._ip("-n", space, "address", "add", f"{address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                self._ip("-n", space, "link", "set", device, "up")
            self._ip("-n", switch, "link", "set", host, "master", "switch", "up")

    def within(self, host: str) -> tuple[str, ...]:
        """Return the command below which another one runs on a host."""
        return ("ip", "netns", "exec", self._space(host))

    def link(self, host: str, state: str) -> None:
        """Let the cable of a host be cut, ``down``, or mended, ``up``."""
        self._ip("-n", self._space("switch"), "link", "set", host, state)

    def processes(self, host: str) -> list[int]:
        """Return what runs on a host."""
        return [int(number) for number in self._ip("netns", "pids", self._space(host)).split()]

    def end(self) -> None:
        """Kill what still runs on the hosts, and leave nothing of them."""
        there = self._ip("netns", "list")
        for host in ("switch", *HOSTS):
            if self._space(host) in there:
                for process in self.processes(host):
                    os.kill(process, signal.SIGKILL)
                self._ip("netns", "delete", self._space(host))

    def _space(self, host: str) -> str:
        return f"{self._name}-{host}"

    def _ip(self, *order: str) -> str:
        done = subprocess.run(["ip", *order], check=True, capture_output=True, text=True)
        return done.stdout


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    """Return the hosts, or skip where nobody can make them."""
    network = Network()
    try:
        network.build()
        yield network
    except subprocess.CalledProcessError as error:
        pytest.skip(f"needs network namespaces ({error.stderr.strip()})")
    finally:
        network.end()


@pytest.fixture(scope="module")
def running(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a scheduler that soon misses a worker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL", "5s")
        cluster = Cluster(
            tmp_path_factory.mktemp("cluster"),
            SLOW.format(seconds=0.03),
            host=HOSTS["scheduler"],
            wrapper=network.within("scheduler"),
        )
        yield cluster
        cluster.end()


@pytest.fixture
def cluster(running: Cluster, network: Network) -> Cluster:
    """Return a scheduler that knows of two workers on each of two hosts."""
    running.workers = [one for one in running.workers if one.poll() is None]
    for host in ("first", "second"):
        for _ in range(WORKERS - len(network.processes(host))):
            running.start_worker(*network.within(host), host=HOSTS[host])
    for log in running.folder.glob("worker-*.txt"):
        while "Registered to" not in log.read_text("utf-8"):
            assert all(one.poll() is None for one in running.workers)
            time.sleep(0.1)
    return running


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return nine_parts(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def expected(
    corpus: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """Return what one machine writes."""
    out = tmp_path_factory.mktemp("expected") / "out.h5"
    extract(corpus, out, encoder=encoder, jobs=2)
    return contents(out)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "results").mkdir()
    return tmp_path / "results" / "out.h5"


@pytest.fixture
def start(network: Network, corpus: Path, encoder: Encoder, out: Path, cluster: Cluster) -> Run:
    """Return what starts the extraction on a host where no worker is."""

    def run(**environment: str) -> subprocess.Popen[str]:
        within = network.within("command")
        return extracting(corpus, out, encoder, cluster.address, within=within, **environment)

    return run


def await_workers(out: Path, process: subprocess.Popen[str]) -> None:
    """Wait until every worker has a part in hand."""
    folder = out.with_name("out.h5.parts")
    while len(list(folder.glob("[0-9]*.trying"))) < 2 * WORKERS:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def addresses(process: int, state: str) -> set[str]:
    """Return the local addresses of TCP sockets on the host where a process runs."""
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{process}/net/{table}").read_text("ascii").splitlines()[1:]
    ]
    numbers = (bytes.fromhex(row[1].partition(":")[0]) for row in rows if row[3] == state)
    return {".".join(map(str, reversed(number))) for number in numbers}


def test_two_hosts_give_what_one_machine_gives_and_the_command_opens_no_port(
    cluster: Cluster, start: Run, out: Path, expected: dict[str, object], network: Network
) -> None:
    with start() as process:
        await_workers(out, process)
        assert addresses(process.pid, CONNECTED) == {HOSTS["command"]}
        assert not addresses(process.pid, LISTENS)
        for host in ("scheduler", "first", "second"):
            (one, *_) = network.processes(host)
            assert addresses(one, LISTENS) == {HOSTS[host], "127.0.0.1"}
        (line,) = finish(process)
    assert re.fullmatch(r"out.h5: 360 rows x 12 columns, 271 s in .*", line)
    check(out, expected)


def test_a_command_that_is_cut_off_says_so_and_is_continued(
    network: Network, start: Run, cluster: Cluster, out: Path, expected: dict[str, object]
) -> None:
    with start(**SHORT) as process:
        await_workers(out, process)
        network.link("command", "down")
        (line,) = finish(process, code=1)
    assert line == f"error: {cluster.address}: {GONE} continues then)"
    network.link("command", "up")
    with start() as process:
        (continuing, _) = finish(process)
    assert re.fullmatch("continuing: [1-8] of 9 parts done", continuing)
    check(out, expected)


def test_the_parts_of_a_host_that_is_cut_off_are_done_by_others(
    network: Network, start: Run, cluster: Cluster, out: Path, expected: dict[str, object]
) -> None:
    """Of its workers one hangs until the cable is mended, the other works on, out of touch."""
    lost = [one for one in cluster.workers if one.pid in network.processes("second")]
    with start() as process:
        await_workers(out, process)
        network.link("second", "down")
        lost[0].send_signal(signal.SIGSTOP)
        finish(process)
    check(out, expected)
    assert [one.poll() for one in lost] == [None, None], "they are there when the cable is mended"
    network.link("second", "up")
    lost[0].send_signal(signal.SIGCONT)
    for one in lost:
        one.wait(timeout=120)
    check(out, expected)
