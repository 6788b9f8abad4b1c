"""Data sets that are not written as MovieLens is: every preset, and descriptions of one's own."""

import gzip
import json
import zipfile

import pyarrow
import pyarrow.parquet
import pytest

from harness import tables

FLAGS = "0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0"
NIGHT = "2005-09-06"

# By preset: its files, the ratings (user, movie, stars, day), and the first movie (title, year, genres).
PRESETS = {
    "ml-100k": (
        {
            "u.data": "196\t1\t3\t881250949\n186\t2\t5\t891717742\n",
            "u.item": f"1|Toy Story (1995)|01-Jan-1995||http://x/|{FLAGS}\n2|Brasília (1996)|||http://x/|{FLAGS}\n".encode(
                "cp1252"
            ),
        },
        [(186, 2, 5.0, "1998-04-04"), (196, 1, 3.0, "1997-12-04")],
        ("Toy Story", 1995, ["Animation", "Children", "Comedy"]),
    ),
    "movietweetings": (
        {
            "ratings.dat": "1::0114508::8::1381006850\n2::0114508::0::1381006851\n",
            "movies.dat": "0114508::Species (1995)::Action|Horror|Sci-Fi\n",
        },
        [(1, 114508, 4.0, "2013-10-05"), (2, 114508, 0.5, "2013-10-05")],
        ("Species", 1995, ["Action", "Horror", "Sci-Fi"]),
    ),
    "goodbooks-10k": (
        {
            "ratings.csv": "user_id,book_id,rating\n1,258,5\n2,258,4\n",
            "books.csv": 'id,book_id,authors,original_publication_year,title\n1,258,"A, B",2001.0,The Shadow (#1)\n',
        },
        [(1, 258, 5.0, None), (2, 258, 4.0, None)],
        ("The Shadow (#1)", 2001, []),
    ),
    "netflix-prize": (
        {
            "combined_data_1.txt": f"1:\n1488844,3,{NIGHT}\n822109,5,2005-05-13\n",
            "combined_data_2.txt": f"2:\n885013,4,{NIGHT}\n",
            "movie_titles.csv": "1,2003,Dinosaur Planet\n2,1997,Character, the film\n",
        },
        [(822109, 1, 5.0, "2005-05-13"), (885013, 2, 4.0, NIGHT), (1488844, 1, 3.0, NIGHT)],
        ("Dinosaur Planet", 2003, []),
    ),
    "lastfm-hetrec": (
        {
            "user_artists.dat": "userID\tartistID\tweight\n2\t51\t13883\n3\t51\t1\n",
            "artists.dat": "id\tname\turl\tpictureURL\n51\tDuran Duran\thttp://x\thttp://y\n",
        },
        [(2, 51, 5.0, None), (3, 51, 4.0, None)],
        ("Duran Duran", None, []),
    ),
    "anime": (
        {
            "rating.csv": "user_id,anime_id,rating\n1,20,-1\n1,24,10\n2,20,7\n",
            "anime.csv": 'anime_id,name,genre,type\n20,Naruto,"Action, Comedy",TV\n24,School,Comedy,TV\n',
        },
        [(1, 24, 5.0, None), (2, 20, 3.5, None)],
        ("Naruto", None, ["Action", "Comedy"]),
    ),
    "clicks": (
        {
            "clicks.csv": "user_id,item_id,time\n7,3,2024-05-01T12:00:00Z\n",
            "items.csv": "item_id,title,categories\n3,A red hat,Hats|Red\n",
        },
        [(7, 3, 5.0, "2024-05-01")],
        ("A red hat", None, ["Hats", "Red"]),
    ),
}

REVIEW = {"review_id": "KU_", "useful": 0, "text": 'Good,\nsaid "I"', "date": "2018-07-07 22:09:11"}
BOOKS = (
    '"ISBN";"Book-Title";"Book-Author";"Year-Of-Publication"\r\n'
    r'"034545104X";"The \"Café\"; a story";"A. B.";"2001"' + "\r\n"
    r'"0002005018";"Back\\slash";"C. D.";"0"' + "\r\n"
)

# Those whose ids are texts, by preset: files, ratings (user, movie, stars, day), and a movie (id, title, year, genres).
KEYED_PRESETS = {
    "book-crossing": (
        {
            "BX-Book-Ratings.csv": '"User-ID";"ISBN";"Book-Rating"\r\n'
            '"276725";"034545104X";"0"\r\n"276726";"034545104X";"5"\r\n"276727";"0002005018";"10"\r\n',
            "BX-Books.csv": BOOKS.encode("cp1252"),
        },
        [(276726, "034545104X", 2.5, None), (276727, "0002005018", 5.0, None)],
        ("034545104X", 'The "Café"; a story', 2001, []),
    ),
    "amazon-reviews": (
        {
            "All_Beauty.csv": "user_id,parent_asin,rating,timestamp\n"
            "AGKH,B00Y,5.0,1588687728923\nAGKH,B01Z,2.0,1588687728999\nAFZX,B00Y,1.0,1612044451196\n",
            "meta_All_Beauty.jsonl": '{"parent_asin": "B00Y", "title": "A hat", "categories": ["Hats, caps", "Red"]}\n'
            '{"title": "A shoe", "categories": [], "parent_asin": "B01Z"}\n',
        },
        [
            ("AFZX", "B00Y", 1.0, "2021-01-30"),
            ("AGKH", "B00Y", 5.0, "2020-05-05"),
            ("AGKH", "B01Z", 2.0, "2020-05-05"),
        ],
        ("B00Y", "A hat", None, ["Hats, caps", "Red"]),
    ),
    "yelp": (
        {
            "yelp_academic_dataset_review.json": "".join(
                json.dumps(REVIEW | {"user_id": user, "business_id": "X-s", "stars": stars}) + "\n"
                for user, stars in [("mh_", 3.0), ("-4k", 5.0)]
            ),
            "yelp_academic_dataset_business.json": '{"business_id": "X-s", "name": "Bar", "categories": "Bars, Food"}\n'
            '{"business_id": "Y-t", "name": "A shop", "categories": null}\n',
        },
        [("-4k", "X-s", 5.0, "2018-07-07"), ("mh_", "X-s", 3.0, "2018-07-07")],
        ("X-s", "Bar", None, ["Bars", "Food"]),
    ),
}


def written(folder, files):
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def taken_in(pipeline, folder, *flags):
    pipeline.succeed("ingest", "--source", folder, *flags, run_id="one")
    pipeline.succeed("clean", "--max-rejected", "0.5", run_id="one")


def ratings(pipeline):
    """(user, movie, stars, day) in order."""
    found = tables.rows(pipeline.lake, "silver/ratings")
    return sorted((row["user_id"], row["movie_id"], row["rating"], f"{row['rated_at']:%Y-%m-%d}") for row in found)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_reads_its_data_set(pipeline, tmp_path, preset):
    files, wanted, (title, year, genres) = PRESETS[preset]
    taken_in(pipeline, written(tmp_path / "data", files), "--describe", preset)
    found = ratings(pipeline)
    days = [found_day if day is None else day for (*_, day), (*_, found_day) in zip(wanted, found, strict=True)]
    assert found == [(*row[:3], day) for row, day in zip(wanted, days, strict=True)]
    movie = min(tables.rows(pipeline.lake, "silver/movies"), key=lambda row: row["movie_id"])
    assert (movie["title"], movie["year"], movie["genres"]) == (title, year, genres)


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"data/{name}", content)
    return path


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("preset", KEYED_PRESETS)
def test_a_preset_with_text_ids_keeps_every_row_in_bronze(pipeline, tmp_path, preset, packed):
    files, wanted, (key, *_) = KEYED_PRESETS[preset]
    source = zipped(tmp_path / "data.zip", files) if packed else written(tmp_path / "data", files)
    pipeline.succeed("ingest", "--source", source, "--describe", preset, run_id="one")
    found = tables.rows(pipeline.lake, "bronze/ratings")
    pairs = {(row["user_id"], row["movie_id"]) for row in found}
    assert pairs >= {(str(user), movie) for user, movie, *_ in wanted}
    movies = tables.rows(pipeline.lake, "bronze/movies")
    assert key in {row["movie_id"] for row in movies} and len(movies) == 2
    assert not [row for row in found + movies if row["raw"] is not None]


@pytest.mark.parametrize("preset", KEYED_PRESETS)
def test_a_preset_with_text_ids_reads_its_data_set(pipeline, tmp_path, preset):
    files, wanted, (key, *movie) = KEYED_PRESETS[preset]
    taken_in(pipeline, written(tmp_path / "data", files), "--describe", preset)
    keys = tables.keys(pipeline.lake)
    found = sorted(
        (keys.get(("user", user), user), keys["movie", movie_id], stars, day)
        for user, movie_id, stars, day in ratings(pipeline)
    )
    days = [found_day if day is None else day for (*_, day), (*_, found_day) in zip(wanted, found, strict=True)]
    assert found == [(*row[:3], day) for row, day in zip(wanted, days, strict=True)]
    [named] = [row for row in tables.rows(pipeline.lake, "silver/movies") if row["key"] == key]
    assert [named["title"], named["year"], named["genres"]] == movie


def test_who_watched_and_did_not_rate_is_set_aside_and_is_no_loss(pipeline, tmp_path):
    files, *_ = PRESETS["anime"]
    folder = written(tmp_path / "data", files)
    pipeline.succeed("ingest", "--source", folder, "--describe", "anime", run_id="one")
    pipeline.succeed("clean", run_id="one")
    assert [row["reason"] for row in tables.rows(pipeline.lake, "silver/rejected")] == ["unrated"]


OWN = """
[files.ratings]
path = "visits/*.jsonl"
format = "json_lines"
columns = { user = "visitor", movie = "film", rating = "points", time = "day" }

[files.movies]
path = "films.csv"
separator = ";"
columns = { movie = "Id", title = "Name", year = "Jahr", genres = "Genres" }

[scale]
least = -10
most = 10
step = 0
decimal = ","

[time]
format = "%d.%m.%Y %H:%M"
zone = "+02:00"

[genres]
json = true

[title]
year = false
"""


def test_a_description_beside_the_data_is_found_and_every_key_of_it_counts(pipeline, tmp_path):
    folder = written(
        tmp_path / "data",
        {"dataset.toml": OWN, "films.csv": 'Id;Name;Jahr;Genres\n5;Ein Film (alt);1999;"[""Drama"", ""Krimi""]"\n'},
    )
    rows = [{"visitor": 1, "film": 5, "points": "10,0", "day": "01.05.2024 00:30"}]
    more = [{"visitor": 2, "film": 5, "points": "-10", "day": "01.05.2024 12:00"}]
    (folder / "visits").mkdir()
    (folder / "visits/1.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "visits/2.jsonl.gz").write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in more).encode()))
    taken_in(pipeline, folder)
    assert ratings(pipeline) == [(1, 5, 5.0, "2024-04-30"), (2, 5, 0.5, "2024-05-01")]
    [movie] = tables.rows(pipeline.lake, "silver/movies")
    assert (movie["title"], movie["year"], movie["genres"]) == ("Ein Film (alt)", 1999, ["Drama", "Krimi"])
    [source] = tables.rows(pipeline.lake, "bronze/source")
    assert json.loads(source["description"])["scale"]["least"] == -10


PARQUET = """
[files.ratings]
path = "plays.parquet"
format = "parquet"
columns = { user = "user", movie = "film", rating = "plays", title = "name" }

[scale]
kind = "count"
"""


def test_one_parquet_file_has_ratings_and_movies(pipeline, tmp_path):
    folder = written(tmp_path / "data", {"my.toml": PARQUET})
    columns = {"name": ["A (1990)", "A (1990)", "B (1991)"], "user": [1, 2, 1], "film": [3, 3, 4], "plays": [1, 9, 2]}
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "plays.parquet")
    taken_in(pipeline, folder, "--describe", folder / "my.toml")
    lines = [row["source_line"] for row in tables.rows(pipeline.lake, "bronze/movies")]
    assert lines == [1, 3], "a movie is said once, and not with each of its ratings"
    assert [row[:3] for row in ratings(pipeline)] == [(1, 3, 4.0), (1, 4, 4.5), (2, 3, 5.0)]
    movies = {row["movie_id"]: (row["title"], row["year"]) for row in tables.rows(pipeline.lake, "silver/movies")}
    assert movies == {3: ("A", 1990), 4: ("B", 1991)}


def test_of_different_rows_of_a_movie_among_its_ratings_the_last_counts(pipeline, tmp_path):
    description = (
        '[files.ratings]\npath = "c.csv"\ncolumns = { user = "u", movie = "m", title = "t" }\n[scale]\nkind = "click"\n'
    )
    rows = "u,m,t\n1,7,A\n2,7,A\n3,7,B\n4,7.0,B\n5,7,A\n6,7,A\n"
    taken_in(pipeline, written(tmp_path / "data", {"dataset.toml": description, "c.csv": rows}))
    assert [row["source_line"] for row in tables.rows(pipeline.lake, "bronze/movies")] == [2, 4, 6]
    assert [row["title"] for row in tables.rows(pipeline.lake, "silver/movies")] == ["A"]
    assert len(ratings(pipeline)) == 6


def test_movies_without_titles_are_called_by_their_numbers(pipeline, tmp_path):
    description = '[files.ratings]\npath = "c.csv"\ncolumns = { user = "u", movie = "m" }\n[scale]\nkind = "click"\n'
    taken_in(pipeline, written(tmp_path / "data", {"dataset.toml": description, "c.csv": "u,m\n1,7\n2,7\n"}))
    assert [row["title"] for row in tables.rows(pipeline.lake, "silver/movies")] == ["Movie 7"]


WRONG = {
    "no preset and no file": ("movielenz", "`movielenz` is neither a description's file nor one of movielens, "),
    "a wrong key": ("[files.ratings]\npath = 1\n", "is no description: "),
    "a missing column": (
        '[files.ratings]\npath = "ratings.csv"\ncolumns = { user = "userId", movie = "filmId", rating = "rating" }\n',
        "no column `filmId` in `ratings.csv`",
    ),
    "a missing file": (
        '[files.ratings]\npath = "visits.csv"\ncolumns = { user = "u", movie = "m", rating = "r" }\n',
        "no `visits.csv` in",
    ),
}


@pytest.mark.parametrize(("description", "told"), WRONG.values(), ids=WRONG)
def test_a_description_that_does_not_fit_is_wrong_usage(pipeline, tmp_path, description, told):
    folder = written(tmp_path / "data", {"ratings.csv": "userId,movieId,rating\n1,1,4\n"})
    if "[" in description:
        (tmp_path / "my.toml").write_text(description)
        description = tmp_path / "my.toml"
    ended = pipeline.run("ingest", "--source", folder, "--describe", description, run_id="one")
    assert ended.code == 2 and told in ended.complaint, ended.complaint
