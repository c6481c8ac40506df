"""A headless browser for tests of pages."""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
from itertools import count
from pathlib import Path
from typing import Any


class Browser:
    """A headless Chromium that is spoken to over a pipe, in its DevTools protocol."""

    def __init__(self, program: str, home: Path) -> None:
        read_here, self.ear = os.pipe(), -1
        write_here = os.pipe()
        # the browser reads from its descriptor 3 and writes to 4
        away = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (read_here[0], write_here[1])]
        self.mouth, self.ear = read_here[1], write_here[0]
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
        self.process = subprocess.Popen(
            [program, *options, "--remote-debugging-pipe", f"--user-data-dir={home}"],
            preexec_fn=lambda: (os.dup2(away[0], 3), os.dup2(away[1], 4)),
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (read_here[0], write_here[1], *away):
            os.close(end)
        self.numbers, self.heard, self.events = count(1), b"", []
        self.session: dict[str, str] = {}
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        joined = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self.session = {"sessionId": joined["sessionId"]}
        for domain in ("Page", "Log", "Runtime", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> Any:
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params} | self.session
        os.write(self.mouth, json.dumps(message).encode() + b"\0")
        while (answer := self.listen()).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def listen(self) -> Any:
        while b"\0" not in self.heard:
            assert select.select([self.ear], [], [], 60)[0], "the browser says nothing"
            got = os.read(self.ear, 1 << 20)
            assert got, "the browser is gone"
            self.heard += got
        message, _, self.heard = self.heard.partition(b"\0")
        return json.loads(message)

    def open(self, path: Path, width: int, scheme: str) -> None:
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.ask("Emulation.setEmulatedMedia", media="screen", features=[feature])
        self.events.clear()
        self.ask("Page.navigate", url=path.as_uri())
        while not any(one.get("method") == "Page.loadEventFired" for one in self.events):
            self.events.append(self.listen())

    def said(self, *methods: str) -> list[Any]:
        return [one["params"] for one in self.events if one.get("method") in methods]

    def value(self, code: str) -> Any:
        told = self.ask("Runtime.evaluate", expression=code, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"]["value"]

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        os.close(self.mouth)
        os.close(self.ear)
