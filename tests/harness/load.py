"""Load on the API: many connections, each busy all the time, and what became of every request."""

import asyncio
import random
import threading
import time
from dataclasses import dataclass

import httpx

# Longer than the API may take by its own settings.
TIMEOUT = 15
PATIENCE = 30


@dataclass(frozen=True)
class Request:
    """What one connection asks next; `about` is for the test, which knows what it asked for."""

    path: str
    about: object = None
    method: str = "GET"
    body: object = None
    token: str | None = None

    @property
    def headers(self):
        return {"authorization": f"Bearer {self.token}"} if self.token else {}


@dataclass(frozen=True)
class Outcome:
    """What became of a request: an answer, or how the connection failed. Moments are those of `time.monotonic`."""

    request: Request
    sent: float
    ended: float
    status: int | None = None
    headers: httpx.Headers | None = None
    body: object = None
    failure: Exception | None = None

    @property
    def seconds(self):
        return self.ended - self.sent

    def __str__(self):
        came = self.failure.__class__.__name__ if self.failure else f"{self.status} {self.body}"
        return f"{self.request.method} {self.request.path}: {came} {self.failure or ''} after {self.seconds:.3f} s"


class Load:
    """Connections that send one request after another while the test goes on; a context to be in.

    `choose` is called with a source of chance and returns a `Request`. A connection that fails is made anew, unless
    the load was told to stop.
    """

    def __init__(self, address, connections, choose):
        self.outcomes = []
        self._address, self._connections, self._choose = address, connections, choose
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Lets every request under way end."""
        self._stopped.set()
        self._thread.join()

    def reaches(self, condition, since=0):
        """Waits for an outcome after the first `since` that fulfils the condition; returns how many there are now."""
        until = time.monotonic() + PATIENCE
        looked = since
        while True:
            known = len(self.outcomes)
            if any(condition(outcome) for outcome in self.outcomes[looked:known]):
                return known
            looked = known
            assert time.monotonic() < until, f"not within {PATIENCE} s; the last: {self.last()}"
            assert self._thread.is_alive(), "the load has ended"
            time.sleep(0.005)

    def grows(self, by):
        """Waits for this many more outcomes."""
        wanted, until = len(self.outcomes) + by, time.monotonic() + PATIENCE
        while len(self.outcomes) < wanted:
            assert time.monotonic() < until, f"not within {PATIENCE} s; the last: {self.last()}"
            time.sleep(0.005)

    def last(self):
        return self.outcomes[-1] if self.outcomes else "none"

    async def _run(self):
        await asyncio.gather(*(self._connection(number) for number in range(self._connections)))

    async def _connection(self, number):
        chance = random.Random(number)
        # What the machine says of proxies is not for the loopback.
        one = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        async with httpx.AsyncClient(base_url=self._address, limits=one, timeout=TIMEOUT, trust_env=False) as client:
            while not self._stopped.is_set():
                outcome = await self._ask(client, self._choose(chance))
                self.outcomes.append(outcome)
                if isinstance(outcome.failure, httpx.ConnectError):
                    # Nobody listens: asking on at full speed would only take the processor from the service.
                    await asyncio.sleep(0.02)

    async def _ask(self, client, request):
        sent = time.monotonic()
        try:
            answer = await client.request(request.method, request.path, json=request.body, headers=request.headers)
            return Outcome(request, sent, time.monotonic(), answer.status_code, answer.headers, answer.json())
        except (httpx.HTTPError, ValueError) as failure:
            return Outcome(request, sent, time.monotonic(), failure=failure)
