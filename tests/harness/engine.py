"""Docker and Compose as programs, and what they answer as JSON."""

import json
import os
import subprocess

# The user of the tasks and the API, as the Dockerfile has it.
USER = 10001


class DockerError(AssertionError):
    """A command that failed, with what it said."""


def run(*command, check=True, timeout=300, **options):
    """Runs a program to its end; its output is text."""
    ended = subprocess.run(command, text=True, capture_output=True, timeout=timeout, check=False, **options)
    if check and ended.returncode != 0:
        raise DockerError(f"{' '.join(map(str, command))} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ended


def docker(*arguments, check=True, timeout=300, **options):
    """Standard output of `docker ...`, without the last line break."""
    return run("docker", *arguments, check=check, timeout=timeout, **options).stdout.rstrip("\n")


def engine_obstacle():
    """Why the tests cannot run here, or nothing."""
    if "DOCKER_HOST" not in os.environ:
        return "no Docker engine of the tests' own: ./test.sh starts one and names it in DOCKER_HOST"
    ended = run("docker", "compose", "version", "--short", check=False)
    if ended.returncode != 0 or not ended.stdout.lstrip("v")[:1].isdigit():
        return "no Docker Compose v2"
    return None


def inspect(thing):
    """What `docker inspect` tells of a container, an image, a volume or a network."""
    return json.loads(docker("inspect", str(thing)))[0]


def has_image(name):
    return run("docker", "image", "inspect", name, check=False).returncode == 0


def containers(*filters, everything=True):
    """Ids of the containers for which all of these filters hold, as `label=cinelake.step=clean`."""
    flags = [word for one in filters for word in ("--filter", one)]
    return docker("ps", "--no-trunc", "-q", *(["-a"] if everything else []), *flags).split()
