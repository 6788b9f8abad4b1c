"""Whatever a data set holds: only documented exits, one line that says why, and time and memory within bounds.

Each number is a data set that was changed at random, the same every time. More of them: CINELAKE_MUTATIONS=2000.
"""

import gzip
import io
import json
import os
import random
import zipfile

import pytest

from harness import tables
from harness.programs import LOG_LINE, measured

COUNT = int(os.environ.get("CINELAKE_MUTATIONS", "40"))
# Tests of so many data sets each: a process costs more than the work.
EACH = 10
MEMORY = 300 << 20
SECONDS = 20
STRANGE = [
    *[
        b"\0",
        b'"',
        b'""',
        b'","',
        b",",
        b"::",
        b"\r",
        b"\n",
        b"\r\n",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xc3",
        b"%s",
        b"|" * 50,
    ],
    *[
        b"9" * 30,
        b"-1",
        b"1e309",
        b"NaN",
        b"0x10",
        b"1.0",
        b"2020-02-30",
        b"\xe2\x80\xae",
        b"'",
        b" ",
        b"\t",
        b"a" * 70_000,
    ],
]


def originals(chance):
    """Ratings and movies, without a fault."""
    ratings = [
        f"{chance.randint(1, 30)},{chance.randint(1, 40)},{chance.randint(1, 10) / 2},160000{n:04}" for n in range(300)
    ]
    movies = [f'{n},"Film, the {n} (19{n + 10})",Drama|Comedy' for n in range(1, 41)]
    texts = {
        "ratings.csv": ["userId,movieId,rating,timestamp", *ratings],
        "movies.csv": ["movieId,title,genres", *movies],
    }
    return encoded(texts)


def encoded(texts):
    return {name: ("\n".join(lines) + "\n").encode() for name, lines in texts.items()}


BOOKS = """[files.ratings]
path = "r.csv"
separator = ";"
escape = "\\\\"
columns = { user = "User", movie = "ISBN", rating = "Rating" }
[files.movies]
path = "b.csv"
separator = ";"
escape = "\\\\"
encoding = "windows-1252"
columns = { movie = "ISBN", title = "Title", year = "Year" }
[scale]
least = 1
most = 10
step = 1
unrated = ["0"]
[ids]
movie = "text"
"""
VISITS = """[files.ratings]
path = "*.jsonl.gz"
format = "json_lines"
columns = { user = "who", movie = "what", time = "at", title = "title", genres = "in" }
[scale]
kind = "click"
[time]
format = "%d.%m.%Y %H:%M"
zone = "+02:00"
[ids]
user = "text"
movie = "text"
"""


def described(chance):
    """The same with a description: books with quotes behind backslashes, or compressed visits; ids are texts."""
    pairs = [(chance.randint(1, 30), chance.randint(1, 40)) for _ in range(300)]
    if chance.random() < 0.5:
        ratings = [f'"{user}";"X-{book}";"{chance.randint(0, 10)}"' for user, book in pairs]
        books = [f'"X-{book}";"The \\"{book}\\"";"19{book + 10}"' for book in range(1, 41)]
        texts = {"r.csv": ['"User";"ISBN";"Rating"', *ratings], "b.csv": ['"ISBN";"Title";"Year"', *books]}
        return encoded(texts) | {"dataset.toml": BOOKS.encode()}
    visits = [
        {"who": f"u{user}", "what": f"/{page}", "at": "13.09.2020 14:26", "title": f"Page {page}", "in": ["a", "b"]}
        for user, page in pairs
    ]
    lines = "".join(json.dumps(visit) + "\n" for visit in visits).encode()
    lines = mutated(chance, lines) if chance.random() < 0.5 else lines
    return {"visits.jsonl.gz": gzip.compress(lines), "dataset.toml": VISITS.encode()}


def mutated(chance, content):
    """With a few changes: bytes flipped, cut out, repeated or put in, lines swapped, the end cut off."""
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        place = chance.randrange(len(content) + 1)
        length = chance.choice([1, 3, 20, 500])
        piece = content[place : place + length]
        kind = chance.randrange(6)
        if kind == 0 and piece:
            content = content[:place] + bytes([piece[0] ^ (1 << chance.randrange(8))]) + content[place + 1 :]
        elif kind == 1:
            content = content[:place] + content[place + length :]
        elif kind == 2:
            content = content[:place] + piece * chance.choice([2, 200]) + content[place:]
        elif kind == 3:
            content = content[:place] + chance.choice(STRANGE) * chance.choice([1, 1, 3]) + content[place:]
        elif kind == 4:
            lines = content.split(b"\n")
            chance.shuffle(lines)
            content = b"\n".join(lines)
        else:
            content = content[:place] if chance.random() < 0.2 else content
    return content


def zipped(files):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return archive.getvalue()


def source(chance, folder):
    """Writes a data set, changed in one of its files or, as a zip, in its bytes."""
    files = chance.choice([originals, described])(chance)
    name = chance.choice(list(files))
    in_zip = chance.random() < 0.3
    if not in_zip:
        files[name] = mutated(chance, files[name])
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return folder
    path = folder / "ml.zip"
    path.write_bytes(mutated(chance, zipped(files)))
    return path


def check(number, folder):
    chance = random.Random(number)
    lake, log = folder / "lake", folder / "log"
    (folder / "ml").mkdir(parents=True)
    settings = {
        "LAKE_URI": lake,
        "RUN_ID": "one",
        "THREADS": 2,
        "SOURCE": source(chance, folder / "ml"),
        "MAX_REJECTED": 1,
    }
    for task, codes in (("ingest", (0, 2)), ("clean", (0, 3))):
        code, seconds, memory = measured(task, log, **settings)
        said = log.read_text()
        assert code in codes, f"{task} of {number} ended with {code}:\n{said}"
        assert seconds < SECONDS and memory < MEMORY, f"{task} of {number}: {seconds} s, {memory} bytes"
        lines = said.splitlines()
        assert "\0" not in said and "\r" not in said
        if code != 0:
            complaints = [line for line in lines if " ERROR " in line]
            assert len(complaints) == 1 and LOG_LINE.match(complaints[0]), f"{task} of {number}:\n{said}"
            return
    rows = {name: tables.table(lake, name).num_rows for name in ("bronze/ratings", "silver/ratings", "silver/rejected")}
    rejected = sum(row["table"] == "bronze/ratings" for row in tables.rows(lake, "silver/rejected"))
    assert rows["bronze/ratings"] == rows["silver/ratings"] + rejected, f"{number}: {rows}"


@pytest.mark.parametrize("first", range(0, COUNT, EACH))
def test_mutated_data_sets_end_as_documented(tmp_path, first):
    for number in range(first, min(first + EACH, COUNT)):
        check(number, tmp_path / str(number))
