"""The classic stack: FastAPI over a pool of psycopg2 over one indexed table, written as with care as such code is.

Calls run on FastAPI's threads, of which there are 40; the pool has a connection for each and keeps it open.
"""

import os

from fastapi import FastAPI, HTTPException, Query
from psycopg2.pool import ThreadedConnectionPool
from pydantic import BaseModel

THREADS = 40
BEST = "SELECT movie_id, title, score FROM als_recos WHERE user_id = %s ORDER BY score DESC LIMIT %s"

app = FastAPI()
pool = ThreadedConnectionPool(THREADS, THREADS, os.environ["DATABASE_URL"], options="-c search_path=classic")


class Recommendation(BaseModel):
    user_id: int
    movie_id: int
    title: str
    score: float


class Recommendations(BaseModel):
    user_id: int
    n: int
    results: list[Recommendation]


@app.get("/reco/{user_id}")
def recommend(user_id: int, n: int = Query(10, ge=1, le=100)) -> Recommendations:
    connection = pool.getconn()
    try:
        # Else every read would be followed by a rollback.
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(BEST, (user_id, n))
            rows = cursor.fetchall()
    finally:
        pool.putconn(connection)
    if not rows:
        raise HTTPException(404, f"unknown user {user_id}")
    results = [
        Recommendation(user_id=user_id, movie_id=movie_id, title=title, score=score) for movie_id, title, score in rows
    ]
    return Recommendations(user_id=user_id, n=n, results=results)
