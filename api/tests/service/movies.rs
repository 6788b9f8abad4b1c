use serde_json::{Value, json};

use crate::{client::Service, tokens::guarded};

fn ids(list: &Value) -> Vec<i64> {
    list["results"].as_array().unwrap().iter().map(|movie| movie["movie_id"].as_i64().unwrap()).collect()
}

async fn found(service: &Service, query: &str) -> Vec<i64> {
    let answer = service.get(&format!("/movies?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    ids(&answer.json())
}

#[tokio::test]
async fn a_movie_is_answered_with_all_its_fields() {
    let (_database, service) = guarded(false).await;
    let movie = json!({
        "movie_id": 1,
        "title": "Amélie (Fabuleux destin d'Amélie Poulain, Le)",
        "year": 2001,
        "genres": ["Drama", "Comédie"],
        "imdb_id": "0211915",
        "tmdb_id": 194,
        "ratings": 3,
    });
    let list = service.get("/movies?q=amelie").await;
    assert_eq!(list.json(), json!({"results": [movie], "next_cursor": null, "model_version": 1}));
    assert_eq!(list.headers["cache-control"], "no-store");
    let mut single = movie.clone();
    single["model_version"] = 1.into();
    assert_eq!(service.get("/movies/1").await.json(), single);
    let mut similar = movie;
    similar["score"] = 1.0.into();
    let expected = json!({"movie_id": 1, "n": 1, "results": [similar], "model_version": 1});
    assert_eq!(service.get("/movies/1/similar?n=1").await.json(), expected);
}

#[tokio::test]
async fn movies_are_found_by_title_genre_and_year() {
    let (_database, service) = guarded(false).await;
    assert_eq!(found(&service, "q=AMELEI").await, [1]);
    assert_eq!(found(&service, "q=%E5%8D%83%E3%81%A8%E5%8D%83%E5%B0%8B").await, [4]);
    assert_eq!(found(&service, "q=cats+musical").await, [2]);
    assert_eq!(found(&service, "q=amelie&genre=Com%C3%A9die&year=2001").await, [1]);
    for nothing in
        ["q=amelie&genre=Western", "q=amelie&year=1999", "genre=drama", "q=%00", "genre=%00", "q=%25"]
    {
        assert_eq!(found(&service, nothing).await, [0_i64; 0], "{nothing}");
    }
}

#[tokio::test]
async fn movies_are_sorted_as_asked_and_by_popularity_otherwise() {
    let (_database, service) = guarded(false).await;
    let all = [1, 2, 3, 4, 5];
    for sort in ["", "sort=popular", "sort=relevance", "sort=year"] {
        assert_eq!(found(&service, sort).await, all, "equally popular and old: {sort}");
    }
    assert_eq!(found(&service, "sort=title").await, [1, 5, 2, 3, 4]);
}

#[tokio::test]
async fn cursors_lead_through_every_page_of_every_order() {
    let (_database, service) = guarded(false).await;
    for sort in ["relevance", "popular", "title", "year"] {
        let whole = found(&service, &format!("sort={sort}")).await;
        let (mut pages, mut query) = (Vec::new(), format!("sort={sort}&limit=2"));
        loop {
            let page = service.get(&format!("/movies?{query}")).await.json();
            pages.extend(ids(&page));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            query = format!("sort={sort}&limit=2&cursor={cursor}");
        }
        assert_eq!(pages, whole, "{sort}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_is_404_and_says_what_to_do() {
    let (_database, service) = guarded(false).await;
    let page = service.get("/movies?limit=1").await.json();
    let popular = page["next_cursor"].as_str().unwrap();
    for query in [format!("sort=title&cursor={popular}"), "cursor=nonsense".to_owned(), "cursor=".to_owned()]
    {
        let answer = service.get(&format!("/movies?{query}")).await;
        assert_eq!(answer.status, 404, "{query}");
        let detail = "the cursor does not belong to this list; start again without it, or keep the same sort";
        assert_eq!(answer.detail(), detail);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_400_and_named() {
    let (_database, service) = guarded(false).await;
    let long = "x".repeat(101);
    for (query, detail) in [
        ("limit=0", "limit must be a whole number from 1 to 100"),
        ("limit=101", "limit must be a whole number from 1 to 100"),
        ("year=1799", "year must be a whole number from 1800 to 2200"),
        ("year=x", "year must be a whole number from 1800 to 2200"),
        ("sort=best", "sort must be relevance, popular, title or year"),
        (&format!("q={long}"), "q must be at most 100 characters"),
        (&format!("genre={long}"), "genre must be at most 100 characters"),
    ] {
        let answer = service.get(&format!("/movies?{query}")).await;
        assert_eq!((answer.status, answer.detail().as_str()), (400, detail), "{query}");
    }
    for path in ["/movies/-1", "/movies/x", "/movies/-1/similar"] {
        let answer = service.get(path).await;
        let detail = "movie_id must be a whole number from 0 to 9007199254740991";
        assert_eq!((answer.status, answer.detail().as_str()), (400, detail), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_movie_is_404_and_named() {
    let (_database, service) = guarded(false).await;
    for path in ["/movies/404", "/movies/404/similar"] {
        let answer = service.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.detail(), "movie 404 is unknown; GET /movies finds movies");
    }
    assert_eq!(ids(&service.get("/movies/2/similar").await.json()), [0_i64; 0], "known, but like no other");
}

#[tokio::test]
async fn genres_and_popular_movies_are_listed() {
    let (_database, service) = guarded(false).await;
    let genre = |name, movies| json!({"name": name, "movies": movies});
    let genres = json!({"results": [genre("Comédie", 5), genre("Drama", 5)], "model_version": 1});
    assert_eq!(service.get("/genres").await.json(), genres);

    let popular = service.get("/popular?n=2").await.json();
    assert_eq!((&popular["genre"], &popular["n"], ids(&popular)), (&Value::Null, &json!(2), vec![1, 2]));
    let dramas = service.get("/popular?genre=Drama").await.json();
    assert_eq!((&dramas["genre"], ids(&dramas)), (&json!("Drama"), vec![1, 2, 3, 4, 5]));
    let unknown = service.get("/popular?genre=Western").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.detail(), "no movie has the genre \"Western\"; GET /genres lists them");
}
