"""Every preset from its files to recommendations: invented data sets of the forms that the presets are for."""

import json
import random
from datetime import UTC, datetime

import pytest

from harness import web
from harness.places import ROOT
from harness.programs import SMALL
from harness.service import serving

USERS, MOVIES = 40, 30
# A model with room for the one taste that there is.
TASTE = ["--rank", "2", "--iterations", "10", "--min-rating", "3.5"]
# User, film, stars and second. Odd users like odd films, and see few others.
CHANCE = random.Random(7)
RATINGS = [
    (user, movie, CHANCE.choice((4, 5) if liked else (1, 2)), 1_500_000_000 + user * 1_000 + movie)
    for user in range(1, USERS + 1)
    for liked, many in ((True, 10), (False, 2))
    for movie in sorted(CHANCE.sample(range(1 + (user + liked) % 2, MOVIES + 1, 2), many))
]


def moment(second, form="%Y-%m-%d %H:%M:%S"):
    return datetime.fromtimestamp(second, UTC).strftime(form)


def lines(template, rows, head=""):
    return head + "".join(template.format(*row) + "\n" for row in rows)


def movies(template, head=""):
    return lines(template, ((movie, f"Film {movie}", 1990 + movie) for movie in range(1, MOVIES + 1)), head)


def ratings(template, head="", times=1, key=lambda kind, number: number):
    rows = ((key("u", user), key("m", movie), stars * times, second) for user, movie, stars, second in RATINGS)
    return lines(template, rows, head)


def key(kind, number):
    return f"{kind}-{number:04x}"


def json_lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def blocks():
    by_movie = {}
    for user, movie, stars, second in RATINGS:
        by_movie.setdefault(movie, []).append(f"{user},{stars},{moment(second, '%Y-%m-%d')}\n")
    return "".join(f"{movie}:\n{''.join(rows)}" for movie, rows in sorted(by_movie.items()))


FLAGS = "|".join("1" if place % 3 == 0 else "0" for place in range(19))
# By preset: its files, and who is asked for by which call.
FORMS = {
    "movielens": (
        {
            "ratings.csv": ratings("{},{},{},{}", "userId,movieId,rating,timestamp\n"),
            "movies.csv": movies("{},{} ({}),Drama|War", "movieId,title,genres\n"),
        },
        "/reco/1",
    ),
    "movielens-dat": (
        {"ratings.dat": ratings("{}::{}::{}::{}"), "movies.dat": movies("{}::{} ({})::Drama|War")},
        "/reco/1",
    ),
    "ml-100k": (
        {"u.data": ratings("{}\t{}\t{}\t{}"), "u.item": movies(f"{{}}|{{}} ({{}})|01-Jan-1995||http://x|{FLAGS}")},
        "/reco/1",
    ),
    "movietweetings": (
        {"ratings.dat": ratings("{}::{}::{}::{}", times=2), "movies.dat": movies("{}::{} ({})::Drama|War")},
        "/reco/1",
    ),
    "goodbooks-10k": (
        {
            "ratings.csv": ratings("{},{},{}", "user_id,book_id,rating\n"),
            "books.csv": movies("9,{},A,{},{}", "id,book_id,authors,title,original_publication_year\n"),
        },
        "/reco/1",
    ),
    "netflix-prize": (
        {
            "combined_data_1.txt": blocks(),
            "movie_titles.csv": lines("{0},{2},{1}", ((m, f"Film, {m}", 1990 + m) for m in range(1, MOVIES + 1))),
        },
        "/reco/1",
    ),
    "lastfm-hetrec": (
        {
            "user_artists.dat": ratings("{}\t{}\t{}", "userID\tartistID\tweight\n", times=7),
            "artists.dat": movies("{}\t{}\thttp://x\thttp://y", "id\tname\turl\tpictureURL\n"),
        },
        "/reco/1",
    ),
    "anime": (
        {
            "rating.csv": ratings("{},{},{}", "user_id,anime_id,rating\n", times=2) + "2,30,-1\n",
            "anime.csv": movies('{},{},"Action, Comedy",TV', "anime_id,name,genre,type\n"),
        },
        "/reco/1",
    ),
    "clicks": (
        {
            "clicks.csv": lines(
                "{},{},{}",
                ((user, movie, moment(second)) for user, movie, stars, second in RATINGS if stars > 2),
                "user_id,item_id,time\n",
            ),
            "items.csv": movies("{},{},Hats|Red", "item_id,title,categories\n"),
        },
        "/reco/1",
    ),
    "book-crossing": (
        {
            "BX-Book-Ratings.csv": ratings(
                '"{}";"{}";"{}"',
                '"User-ID";"ISBN";"Book-Rating"\n',
                times=2,
                key=lambda kind, number: key(kind, number) if kind == "m" else number,
            ),
            "BX-Books.csv": lines(
                '"{}";"{}";"A";"{}";"P"',
                ((key("m", m), f'The \\"{m}\\" é', 1990 + m) for m in range(1, MOVIES + 1)),
                '"ISBN";"Book-Title";"Book-Author";"Year-Of-Publication";"Publisher"\n',
            ).encode("cp1252"),
        },
        "/reco/1",
    ),
    "amazon-reviews": (
        {
            "Gift_Cards.csv": ratings("{},{},{}.0,{}123", "user_id,parent_asin,rating,timestamp\n", key=key),
            "meta_Gift_Cards.jsonl": json_lines(
                {"main_category": "Gifts", "title": f"Card {m}", "categories": ["Gifts"], "parent_asin": key("m", m)}
                for m in range(1, MOVIES + 1)
            ),
        },
        "/reco/by-key/u-0001",
    ),
    "yelp": (
        {
            "yelp_academic_dataset_review.json": json_lines(
                {
                    "review_id": f"r{at}",
                    "user_id": key("u", user),
                    "business_id": key("m", movie),
                    "stars": float(stars),
                    "text": 'Said "good"\n',
                    "date": moment(second),
                }
                for at, (user, movie, stars, second) in enumerate(RATINGS)
            ),
            "yelp_academic_dataset_business.json": json_lines(
                {"business_id": key("m", m), "name": f"Café {m}", "categories": "Food, Bars"}
                for m in range(1, MOVIES + 1)
            ),
        },
        "/reco/by-key/u-0001",
    ),
}


def test_every_preset_has_its_form_here():
    assert {path.stem for path in (ROOT / "tasks/ingest/presets").glob("*.toml")} == set(FORMS)


@pytest.mark.parametrize("preset", FORMS)
def test_a_data_set_of_its_form_is_served(pipeline, tmp_path, preset):
    files, call = FORMS[preset]
    folder = tmp_path / "data"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    pipeline.go(folder, "one", SMALL | {"ingest": ["--source", folder, "--describe", preset], "train": TASTE})
    with serving(pipeline.database) as (address, _):
        status, answer = web.get(f"{address}{call}?n=3")
    assert status == 200, answer
    best = [
        int(movie["movie_key"][2:], 16) if "movie_key" in movie else movie["movie_id"] for movie in answer["results"]
    ]
    # User 1 likes odd films.
    assert len(best) == 3 and all(movie % 2 == 1 for movie in best)
