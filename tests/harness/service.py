"""The API as a process of its own."""

import subprocess
from contextlib import contextmanager

from . import web
from .places import binary
from .programs import TIMEOUT, environment
from .waiting import free_port, until_ready

# What tokens are signed with where a test needs some.
SECRET = "a secret of the tests, long enough for them"


def token(scope):
    """A token of this scope, as `API_JWT_SECRET=SECRET` accepts it."""
    command = [binary("api"), "token", "--scope", scope, "--days", "1"]
    settings = environment(API_JWT_SECRET=SECRET)
    ended = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=TIMEOUT)
    assert ended.returncode == 0, f"no token: {ended.stderr}"
    return ended.stdout.strip()


@contextmanager
def serving(database, log=subprocess.DEVNULL, **settings):
    """The API on a free port, with these settings: its address, and its process; what it logs goes to `log`."""
    address = f"127.0.0.1:{free_port()}"
    settings = environment(DATABASE_URL=database.url, API_LISTEN=address, **settings)
    process = subprocess.Popen([binary("api")], env=settings, stdout=subprocess.DEVNULL, stderr=log)
    try:
        until_ready(process, lambda: web.answers(f"http://{address}/health"), "the API")
        yield f"http://{address}", process
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()
