"""Inputs each of which was taken in wrongly or refused in the wrong words once: what becomes of them.

Most of them say what `cases/ok` says, in another way.
"""

from pathlib import Path

import pytest

from harness import tables
from harness.programs import Pipeline

CASES = Path(__file__).parent / "cases"

# Ratings and movies as in `ok`.
SAME = [
    *["bom_crlf_quoted_header", "dup_out_of_order", "float_ids", "gz_inside", "header_spaces_dup", "header_twice"],
    *["header_upper", "ids_leading_zeros", "movie_ids_mismatch_zero_pad", "nan_rows", "nested_two_levels", "ok"],
    *["pandas_index_column", "time_float", "time_iso", "time_iso_z"],
    *["time_ms", "zip_backslash", "zip_deflate64", "zip_dot_slash"],
    *["zip_macosx_nested"],
]
# The ratings as in `ok`, and the first movie.
MOVIES = {
    "cold_movies": ("Invented Film 1", ["Drama"]),
    "cp1252_dat": ("It’s a “Test” – café", ["Drama"]),
    "genre_nul": ("Plain Film", ["Dra ma"]),
    "latin1_csv": ("Amélie à Zürich", ["Drama"]),
    "movies_dup": ("Again Invented Film 1", ["Horror"]),
    "title_nul": ("Nul Film", ["Drama"]),
    "title_lone_surrogate": ("Bad \\ud83d", ["Drama"]),
    "title_odd": ("???", ["Drama"]),
    "year_dup_titles": ("Same Name", ["Drama"]),
    "genres_2000": ("Plain Film", None),
    "genre_3000": ("Plain Film", None),
    "title_3000": (None, ["Drama"]),
    "title_9000": (None, ["Drama"]),
    "title_100k": (None, ["Drama"]),
}
# Users, movies and stars of the ratings as they are in the file, after the header.
PLAIN = [
    *["all_equal_5", "all_rated_everything", "min_cp1252_csv"],
    *["min_float_time", "min_genre_150", "min_id_zero", "min_iso"],
    *["min_iso_z", "min_ms", "min_title_2600", "min_title_cjk_1000", "min_title_long", "min_title_nul", "nobody_likes"],
    *["one_movie", "one_rating", "one_rating_each", "one_user"],
    *["rated_everything", "time_constant", "time_tied_a", "time_tied_b"],
    *["ids_from_zero", "clicks_all_1", "dup_same_time", "min_float_user"],
]
ABOVE = "the rating is above the scale (5 stars, unless it is described): the file has another one; the first is line"
NO_NUMBER = "id is not a whole number from 0 to 2^53 - 1 (or a text of 1 to 256 bytes, if it is described)"
NO_USER = f"the user {NO_NUMBER}; the first is line 2 of ratings.csv: `"
NO_MOVIE = f"the movie {NO_NUMBER}; the first is line 2 of ratings.csv: `"
NO_TIME = "the time is not in seconds since 1970 or ISO 8601, or not between 1995 and the day after the ingestion"
LOST = "the movies file has lost rows, too (1), because the line has other fields"
# By `ingest` (2) or `clean` (3), in these words.
REFUSED = {
    "book_id_header": (2, "no `movies.csv` in"),
    "bs_escape": (3, LOST),
    "comment_line": (2, "no column `userId` in `ratings.csv`: its first line is `# exported 2020`"),
    "counts": (3, f"{ABOVE} 2 of ratings.csv: `1,16,53,1600100000`"),
    "cr_only": (2, r"its first line is `userId,movieId,rating,timestamp\r1,16,1.0,1600100000\r"),
    "decimals": (3, "the rating is not on the scale (0.5, 1, 1.5 to 5, unless it is described)"),
    "html_page": (2, "is a web page, not a zip: open its address in a browser"),
    "ids_negative_hash": (3, f"{NO_USER}-1,16,1.0,1600100000`"),
    "ids_over_2_53": (3, f"{NO_USER}9007199254740994,16,1.0,1600100000`"),
    "ids_text": (3, f"{NO_USER}A000000001X,B00000016,1.0,1600100000`"),
    "item_id_header": (2, "no column `movieId` in `ratings.csv`"),
    "jester": (3, f"{ABOVE} 3 of ratings.csv"),
    "kaggle_names": (2, "(found: movie.csv, rating.csv)"),
    "min_half_lost": (
        3,
        "the movie is not in the movies file; the first is line 14 of ratings.csv: `4,99,1.0,1600400000`",
    ),
    "min_movie_2_53": (3, f"{NO_MOVIE}4,9007199254740995,1.0,1600400000`"),
    "min_space_quote": (2, "line 2 has a space before a quote, which then is text: remove the space"),
    "min_trailing_comma": (
        2,
        "line 2 has 5 fields instead of 4: write every line like the first: `1,1,4.0,1600000000,`",
    ),
    "min_user_2_53": (3, f"{NO_USER}9007199254740996,3,1.0,1600400000`"),
    "movie_ids_over_2_53": (3, f"{NO_MOVIE}1,9007199254741009,1.0,1600100000`"),
    "no_genres_column": (2, "no column `genres` in `movies.csv`: its first line is `movieId,title`"),
    "no_movies": (2, "no `movies.csv` in"),
    "quote_unbalanced_title": (3, LOST),
    "rating_words": (3, "the rating is not on the scale"),
    "scale_0_to_10_dat": (3, f"{ABOVE} 2 of ratings.dat: `1,0000003,9,1600103600`"),
    "scale_1_to_10": (3, f"{ABOVE} 3 of ratings.csv: `1,3,9,1600103600`"),
    "scale_inverted_small": (3, f"{ABOVE} 2 of ratings.csv: `1,2,9,1600100000`"),
    "scale_inverted_taste": (3, f"{ABOVE} 3 of ratings.csv: `1,6,8,1600103600`"),
    "scale_minus1_unrated": (3, f"{ABOVE} 3 of ratings.csv"),
    "scale_percent": (3, f"{ABOVE} 2 of ratings.csv: `1,16,20,1600100000`"),
    "semicolon_decimal_comma": (2, "its first line is `userId;movieId;rating;timestamp`"),
    "seven_z": (2, "is a 7z archive, not a zip: unpack it and give the folder"),
    "single_quotes": (3, LOST),
    "space_before_quote": (2, "line 2 has a space before a quote"),
    "split_ratings": (2, "(found: movies.csv, ratings_1.csv, ratings_2.csv)"),
    "tabs": (2, r"its first line is `userId\tmovieId\trating\ttimestamp`"),
    "tar_gz": (2, "is a tar archive, packed with gzip, not a zip: unpack it and give the folder"),
    "time_empty": (3, f"{NO_TIME}; the first is line 2 of ratings.csv: `1,16,1.0,`"),
    "time_future": (3, NO_TIME),
    "time_missing_column": (2, "no column `timestamp` in `ratings.csv`: its first line is `userId,movieId,rating`"),
    "time_zero": (3, f"{NO_TIME}; the first is line 2 of ratings.csv: `1,16,1.0,0`"),
    "trailing_comma_rows": (2, "line 2 has 5 fields instead of 4"),
    "unknown_movies_half": (3, "the movie is not in the movies file; the first is line 2"),
    "utf16": (2, "`ratings.csv` is encoded in UTF-16: save it as UTF-8"),
    "zip_bzip2": (2, "is packed with Bzip2: pack it anew with deflate"),
    "zip_encrypted": (2, "is encrypted: pack it anew with deflate and without a password"),
    "zip_in_zip": (2, "`ml.zip` is an archive itself: unpack it first"),
    "zip_lzma": (2, "is packed with Lzma: pack it anew with deflate"),
    "zip_rating_copy": (2, "more than one data set in"),
}


def source(name):
    """The folder of a case, or the one file in it."""
    files = list((CASES / name).iterdir())
    return files[0] if len(files) == 1 and files[0].is_file() else CASES / name


def ratings(pipeline):
    """(user, movie, stars, moment) in order."""
    return sorted(tuple(row.values()) for row in tables.rows(pipeline.lake, "silver/ratings"))


def movies(pipeline):
    return sorted(tables.rows(pipeline.lake, "silver/movies"), key=lambda row: row["movie_id"])


def taken_in(pipeline, name, *flags):
    """What became of a case: how the program ended that refused it, or `clean`."""
    ended = pipeline.run("ingest", "--source", source(name), *flags, run_id="one")
    return ended if ended.code else pipeline.run("clean", run_id="one")


@pytest.fixture(scope="module")
def ok(tmp_path_factory):
    """The case without a fault: ratings and movies."""
    pipeline = Pipeline(tmp_path_factory.mktemp("ok") / "lake")
    assert taken_in(pipeline, "ok").code == 0
    return ratings(pipeline), movies(pipeline)


@pytest.fixture
def lake(tmp_path):
    return Pipeline(tmp_path / "lake")


def test_every_case_is_looked_at():
    assert {*SAME, *MOVIES, *PLAIN, *REFUSED, *DESCRIBED} == {path.name for path in CASES.iterdir()}


@pytest.mark.parametrize("name", SAME)
def test_another_way_to_write_the_same_is_read_as_the_same(lake, ok, name):
    ended = taken_in(lake, name)
    assert ended.code == 0, ended.output
    assert (ratings(lake), movies(lake)) == ok


@pytest.mark.parametrize("name", MOVIES)
def test_odd_movies_cost_no_rating(lake, ok, name):
    ended = taken_in(lake, name)
    assert ended.code == 0, ended.output
    title, genres = MOVIES[name]
    first = movies(lake)[0]
    assert ratings(lake) == ok[0]
    assert title is None or first["title"] == title
    assert genres is None or first["genres"] == genres
    assert len(first["title"].encode()) <= 1000 and all(len(genre) <= 100 for genre in first["genres"])


@pytest.mark.parametrize("name", PLAIN)
def test_a_small_or_odd_data_set_is_taken_in_whole(lake, name):
    ended = taken_in(lake, name)
    assert ended.code == 0, ended.output
    lines = (CASES / name / "ratings.csv").read_text().splitlines()[1:]
    fields = [line.split(",") for line in lines]
    # Of several rows of one user and movie the last counts.
    stars = {(int(float(user)), int(float(movie))): float(stars) for user, movie, stars, *_ in fields}
    wanted = sorted((*pair, rating) for pair, rating in stars.items())
    assert [row[:3] for row in ratings(lake)] == wanted


@pytest.mark.parametrize("name", REFUSED)
def test_a_case_that_cannot_be_right_is_refused_in_the_right_words(lake, name):
    code, words = REFUSED[name]
    ended = taken_in(lake, name)
    assert ended.code == code, ended.output
    assert words in ended.complaint
    assert not tables.exists(lake.lake, "silver/ratings") or not ratings(lake)


HEAD = '[files.ratings]\npath = "{}"\n{}columns = {{ user = "userId", movie = "movieId", rating = "rating"{} }}\n'
TIME = ', time = "timestamp"'
FILMS = '[files.movies]\npath = "movies.csv"\n{}columns = {{ movie = "movieId", title = "title", genres = "genres" }}\n'
USUAL = HEAD.format("ratings.csv", "", TIME) + FILMS.format("")


def columns(ratings_path, movies_path, user="userId", movie="movieId", time=TIME, genres=', genres = "genres"'):
    names = f'user = "{user}", movie = "{movie}", rating = "rating"{time}'
    one = f'[files.ratings]\npath = "{ratings_path}"\ncolumns = {{ {names} }}\n'
    return one + f'[files.movies]\npath = "{movies_path}"\ncolumns = {{ movie = "{movie}", title = "title"{genres} }}\n'


# By case: the description with which it says what `ok` says.
DESCRIBED = {
    "tabs": HEAD.format("ratings.csv", 'separator = "\\t"\n', TIME) + FILMS.format('separator = "\\t"\n'),
    "semicolon_decimal_comma": HEAD.format("ratings.csv", 'separator = ";"\n', TIME)
    + FILMS.format('separator = ";"\n')
    + '[scale]\ndecimal = ","\n',
    "kaggle_names": columns("rating.csv", "movie.csv"),
    "item_id_header": columns("ratings.csv", "movies.csv", "user_id", "item_id"),
    "split_ratings": HEAD.format("ratings_*.csv", "", TIME) + FILMS.format(""),
    "no_genres_column": columns("ratings.csv", "movies.csv", genres=""),
    "no_movies": HEAD.format("ratings.csv", "", TIME),
    "book_id_header": columns("ratings.csv", "books.csv", "user_id", "book_id", time="", genres=""),
    "time_missing_column": HEAD.format("ratings.csv", "", "") + FILMS.format(""),
    "time_empty": HEAD.format("ratings.csv", "", "") + FILMS.format(""),
    "time_zero": HEAD.format("ratings.csv", "", "") + FILMS.format(""),
    "genres_json": USUAL + "[genres]\njson = true\n",
    "genres_comma": USUAL + '[genres]\nseparator = ","\n',
    "scale_percent": USUAL + "[scale]\nleast = 0\nmost = 100\nstep = 1\n",
    "scale_1_to_10": USUAL + "[scale]\nleast = 1\nmost = 10\nstep = 1\n",
    "bs_escape": HEAD.format("ratings.csv", "", TIME) + FILMS.format('escape = "\\\\"\n'),
}
# By case: the description with which all of its rows come in, under ids that are texts.
KEYED = {
    "ids_text": USUAL + '[ids]\nuser = "text"\nmovie = "text"\n',
    "ids_negative_hash": USUAL + '[ids]\nuser = "text"\n',
    "ids_over_2_53": USUAL + '[ids]\nuser = "text"\n',
    "movie_ids_over_2_53": USUAL + '[ids]\nmovie = "text"\n',
}
GENRES = {"genres_json": ["Animation", "Comedy"], "genres_comma": ["Drama", "Romance", "School"]}


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_description_lets_a_case_say_what_it_means(lake, ok, tmp_path, name):
    (tmp_path / "my.toml").write_text(DESCRIBED[name])
    ended = taken_in(lake, name, "--describe", tmp_path / "my.toml")
    assert ended.code == 0, ended.output
    found = ratings(lake)
    if 'time = "timestamp"' in DESCRIBED[name]:
        assert found == ok[0]
    else:
        assert [row[:3] for row in found] == [row[:3] for row in ok[0]]
        assert len({moment for *_, moment in found}) == 1, "all of them when they were taken in"
    if name in GENRES:
        assert movies(lake)[0]["genres"] == GENRES[name]


@pytest.mark.parametrize("name", KEYED)
def test_ids_that_are_texts_are_taken_in_if_they_are_described(lake, tmp_path, name):
    (tmp_path / "my.toml").write_text(KEYED[name])
    ended = taken_in(lake, name, "--describe", tmp_path / "my.toml")
    assert ended.code == 0, ended.output
    lines = (CASES / name / "ratings.csv").read_text().splitlines()[1:]
    wanted = sorted((user, movie, float(stars)) for user, movie, stars, _ in (line.split(",") for line in lines))
    keys = tables.keys(lake.lake)
    # What is no text is its own number.
    found = [
        (keys.get(("user", user), str(user)), keys.get(("movie", movie), str(movie)), stars)
        for user, movie, stars, _ in ratings(lake)
    ]
    assert sorted(found) == wanted
    assert not tables.rows(lake.lake, "silver/rejected")
