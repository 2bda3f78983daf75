"""Debian's Chromium, driven over its debugging pipe (fd 3 in, fd 4 out; NUL after each message)."""

import base64
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=en-US",
    "--remote-debugging-pipe",
)


class Browser:
    """One tab. Everything blocks until it is done, and nothing waits longer than `patience`."""

    def __init__(self, process: subprocess.Popen[bytes], to: int, out: int) -> None:
        self._to, self._out, self._rest, self._last = to, out, b"", 0
        self.process = process
        self.patience = 60.0
        self.said: list[dict[str, Any]] = []  # console messages and violations of the policy
        self.fetched: list[str] = []
        self.bytes: dict[str, int] = {}  # by request, as they came over the wire
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        attached = self._send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **params: Any) -> dict[str, Any]:
        return self._send(method, self._session, **params)

    def size(self, width: int, height: int) -> None:
        self.do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def scripts(self, on: bool) -> None:
        self.do("Emulation.setScriptExecutionDisabled", value=not on)

    def go(self, url: str) -> None:
        self.said.clear()
        self.fetched.clear()
        self.bytes.clear()
        self._loaded = False
        self.do("Page.navigate", url=url)
        self._until_loaded()

    def submit(self, expression: str) -> None:
        """Run something that leads to another page, and wait for that page."""
        self._loaded = False
        self.js(expression)
        self._until_loaded()

    def js(self, expression: str) -> Any:
        answer = self.do("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def awaited(self, expression: str) -> Any:
        """What a promise comes to."""
        answer = self.do(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def dark(self, on: bool) -> None:
        """As for a reader whose screen is dark."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if on else "light"}
        self.do("Emulation.setEmulatedMedia", features=[scheme])

    def language(self, accepted: str) -> None:
        """What the browser says that its reader reads."""
        self.do("Network.setExtraHTTPHeaders", headers={"Accept-Language": accepted})

    def type(self, field: str, text: str) -> None:
        self.js(f"document.getElementById({json.dumps(field)}).focus()")
        self.do("Input.insertText", text=text)

    def press(self, key: str, code: int) -> None:
        for kind in ("rawKeyDown", "char", "keyUp"):
            text = {"text": "\r" if key == "Enter" else " "} if kind == "char" else {}
            if kind == "char" and len(key) > 1 and key != "Enter":
                continue
            self.do(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **text,
            )

    def enter(self) -> None:
        """Press Enter where that leads to another page, and wait for that page."""
        self._loaded = False
        self.press("Enter", 13)
        self._until_loaded()

    def picture(self, path: Path) -> None:
        size = self.do("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.do("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _until_loaded(self) -> None:
        until = monotonic() + self.patience
        while not self._loaded:
            assert monotonic() < until, "the page did not load"
            self._hear()

    def _send(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._last += 1
        number = self._last
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._hear()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer["error"])
                result: dict[str, Any] = answer["result"]
                return result

    def _hear(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            some = os.read(self._out, 1 << 20)
            assert some, "the browser has ended"
            self._rest += some
        raw, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        method, params = message.get("method"), message.get("params", {})
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.said.append(params["entry"])
        elif method == "Runtime.exceptionThrown":
            self.said.append(params["exceptionDetails"])
        elif method == "Network.requestWillBeSent":
            self.fetched.append(params["request"]["url"])
            self.bytes[params["requestId"]] = 0
        elif method == "Network.loadingFinished" and params["requestId"] in self.bytes:
            self.bytes[params["requestId"]] = int(params["encodedDataLength"])
        return message


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser of its own, ended with the block."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "these tests need Chromium: apt-get install chromium"
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()
    # Away from 3 and 4 first, which the shell then makes of them for the browser.
    theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (in_read, out_write)]
    wired = f'exec "$@" 3<&{theirs[0]} 4>&{theirs[1]}'
    process = subprocess.Popen(
        ["bash", "-c", wired, "bash", found, *FLAGS, f"--user-data-dir={profile}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=theirs,
        start_new_session=True,
    )
    for end in theirs:
        os.close(end)
    os.close(in_read)
    os.close(out_write)
    try:
        yield Browser(process, in_write, out_read)
    finally:
        os.close(in_write)
        os.close(out_read)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
