"""What the API must say of a database, read by hand, and how answers under load are judged by it."""

N = 10

LISTS = """
    SELECT r.version, r.user_id, listed.movie_id, m.title, listed.score
    FROM recommendations AS r
    CROSS JOIN LATERAL unnest(r.movie_ids[1:10], r.scores[1:10]) WITH ORDINALITY AS listed (movie_id, score, rank)
    JOIN movies AS m ON m.version = r.version AND m.movie_id = listed.movie_id
    ORDER BY r.version, r.user_id, listed.rank
"""


def lists(database):
    """The first ten recommendations by (version, user), as the API words them."""
    found = {}
    for version, *row in database.query(LISTS):
        found.setdefault((version, row[0]), []).append(tuple(row))
    return found


def listed(outcome):
    """The recommendations of an answer, to be compared with `lists`."""
    names = ("user_id", "movie_id", "title", "score")
    return [tuple(result[name] for name in names) for result in outcome.body["results"]]


def wrong(outcomes, expected):
    """The answers of 200 to requests about a user that are not the list of that user in the version they name."""
    return [
        str(outcome)
        for outcome in outcomes
        if outcome.status == 200
        and listed(outcome) != expected.get((outcome.body["model_version"], outcome.request.about))
    ]


def failed(outcomes, allowed=(200,)):
    """The requests that were not answered, or with another status than these."""
    return [str(outcome) for outcome in outcomes if outcome.status not in allowed]
