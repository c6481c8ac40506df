"""A Dask cluster, started as a user starts one: by ``dask scheduler`` and so on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deepspectrum_features import Encoder
from deepspectrum_features.testing import contents, tiny_corpus

DSF = Path(sys.executable).with_name("dsf")
DASK = (sys.executable, "-m", "dask")
#: For how long an answer is waited for where none is to come.
SHORT = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s"}
GONE = (
    "the scheduler is gone, out of reach or was restarted, need it and its workers "
    "(the same command"
)
#: Without a web page Dask still tells the state of its processes there.
NO_PAGE = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")

#: What a worker does before all else: every recording takes a while to decode, which costs nothing.
SLOW = """
import time
import soundfile

def read(sound, *arguments, honest=soundfile.SoundFile.read, **options):
    time.sleep({seconds})
    return honest(sound, *arguments, **options)

soundfile.SoundFile.read = read
"""


def finish(process: subprocess.Popen[str], code: int = 0) -> list[str]:
    """Wait for the end of a run; return what it said of itself, but not of the encoder."""
    said = process.communicate(timeout=600)[1]
    assert process.returncode == code, said
    return [line for line in said.splitlines() if line and not line.startswith("encoder ")]


def nine_parts(folder: Path) -> Path:
    """Make a corpus of about 270 s, which is nine parts."""
    return tiny_corpus(folder / "tones", speakers=4, per_class=45)


def extracting(
    source: str | Path,
    out: Path,
    encoder: Encoder,
    address: str,
    *options: str,
    within: tuple[str, ...] = (),
    **environment: str,
) -> subprocess.Popen[str]:
    """Start an extraction by a cluster from the folder of OUT, below another command if given."""
    command = [*within, DSF, "extract", source, out.name, "--encoder", encoder.path]
    command += ["--backend", "dask", "--scheduler", address, *options]
    return subprocess.Popen(
        list(map(str, command)), cwd=out.parent, env=os.environ | environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def check(out: Path, expected: dict[str, object]) -> None:
    """Compare a file with what one machine writes; nothing else may stand beside it."""
    assert contents(out) == expected
    assert [path.name for path in out.parent.iterdir()] == ["out.h5"], "nothing is left over"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Cluster:
    """A scheduler and workers of one thread each, in processes of their own.

    Parameters
    ----------
    folder : Path
        For what they write.
    before : str
        Code that every worker runs before all else.
    host : str
        Where the scheduler listens.
    wrapper : tuple of str
        The command that the scheduler runs below, if any.
    **environment : str
        What the workers have in theirs.
    """

    def __init__(
        self,
        folder: Path,
        before: str,
        host: str = "127.0.0.1",
        wrapper: tuple[str, ...] = (),
        **environment: str,
    ) -> None:
        self.folder, self.host, self.port, self.wrapper = folder, host, free_port(), wrapper
        self.address = f"tcp://{host}:{self.port}"
        self.workers: list[subprocess.Popen[bytes]] = []
        self._start_scheduler()
        self.before, self.environment = self.sitecustomize("before", before), environment

    def sitecustomize(self, name: str, code: str) -> Path:
        """Return a folder that makes Python run code before all else, where it is on its path."""
        place = self.folder / name
        place.mkdir(exist_ok=True)
        (place / "sitecustomize.py").write_text(code, encoding="utf-8")
        return place

    def start_worker(
        self, *wrapper: str, host: str = "", path: Path | None = None, **environment: str
    ) -> None:
        """Start one more worker, below another command if one is given, on another host if so."""
        name = f"worker-{len(list(self.folder.glob('worker-*.txt')))}"
        command = [*wrapper, *DASK, "worker", self.address, "--host", host or self.host, *NO_PAGE,
                   "--nthreads", "1", "--no-nanny",
                   "--local-directory", str(self.folder / name)]  # fmt: skip
        paths = os.pathsep.join(map(str, [path or self.before]))
        environment = {"PYTHONPATH": paths, **self.environment, **environment}
        self.workers.append(self._start(command, name, **environment))

    def start_blind_worker(self, place: Path) -> None:
        """Start one more worker, to which a folder is empty; skip the test where nobody can."""
        apart = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
        hide = f"mount -t tmpfs none {place}"
        if subprocess.run([*apart, hide], check=False).returncode:
            pytest.skip("needs a mount that this process alone sees")
        self.start_worker(*apart, f'{hide} && exec "$@"', "sh")

    def other_version(self, package: str, version: str) -> Path:
        """Return a folder that makes Python find another version, where it is on its path."""
        place = self.folder / package
        told = place / f"{package}-{version}.dist-info"
        told.mkdir(parents=True, exist_ok=True)
        (told / "METADATA").write_text(f"Name: {package}\nVersion: {version}\n", encoding="utf-8")
        return place

    def mend(self, workers: int) -> None:
        """Let the scheduler be there, and so many workers that nothing was done to."""
        if self.scheduler.poll() is not None:
            self.kill(*self.workers)
            self._start_scheduler()
        self.workers = [one for one in self.workers if one.poll() is None]
        self.kill(*self.workers[workers:])
        for _ in range(workers - len(self.workers)):
            self.start_worker()
        self.wait_for(workers)

    def wait_for(self, workers: int) -> None:
        """Wait until the scheduler knows of so many workers, and no more."""
        from distributed import Client

        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
            while len(client.scheduler_info(n_workers=-1)["workers"]) > workers:
                client.sync(client._update_scheduler_info, n_workers=-1)

    def kill(self, *processes: subprocess.Popen[bytes]) -> None:
        """End processes by SIGKILL; those that are ours are ours no more."""
        for one in processes:
            one.kill()
            one.wait()
        self.workers = [one for one in self.workers if one not in processes]

    def end(self) -> None:
        for one in [*self.workers, self.scheduler]:
            one.send_signal(signal.SIGCONT)
        self.kill(*self.workers, self.scheduler)

    def _start_scheduler(self) -> None:
        command = [*self.wrapper, *DASK, "scheduler", "--host", self.host,
                   "--port", str(self.port), *NO_PAGE]  # fmt: skip
        self.scheduler = self._start(command, "scheduler")

    def _start(self, command: list[str], name: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a process elsewhere: paths that are relative here are not there."""
        with (self.folder / f"{name}.txt").open("ab") as log:
            return subprocess.Popen(
                command, cwd="/", env=os.environ | environment, stdout=log, stderr=log
            )
