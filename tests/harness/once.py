"""What several test processes share: the first one makes it, the others wait and take it."""

import fcntl
import os
import pickle


def shared_folder(tmp_path_factory):
    """A folder of this test run, the same for all of its processes."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def once(folder, name, make):
    """What `make` returned to the first process that asked for this name."""
    place = folder / f"{name}.pickle"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            place.write_bytes(pickle.dumps(make()))
        return pickle.loads(place.read_bytes())
