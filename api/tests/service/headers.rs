use crate::client::{ORIGIN, published};

#[tokio::test]
async fn every_answer_has_an_id_and_a_sane_one_of_the_caller_is_kept() {
    let (_database, service) = published().await;
    for path in ["/", "/nothing", "/reco/abc", "/docs"] {
        let (one, two) = (service.get(path).await, service.get(path).await);
        assert_ne!(one.headers["x-request-id"], two.headers["x-request-id"]);
        let kept = service.ask("GET", path, &[("x-request-id", "trace-7")]).await;
        assert_eq!(kept.headers["x-request-id"], "trace-7");
        let forged = service.ask("GET", path, &[("x-request-id", "a b<script>")]).await;
        assert_eq!(forged.headers["x-request-id"].len(), 32);
    }
}

#[tokio::test]
async fn every_answer_is_locked_down() {
    let (_database, service) = published().await;
    for path in ["/", "/nothing", "/reco/1", "/docs", "/metrics"] {
        let headers = service.get(path).await.headers;
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert!(headers["content-security-policy"].contains("default-src 'none'"), "{path}");
    }
}

#[tokio::test]
async fn pages_of_a_named_origin_may_read_answers_and_errors_and_others_may_not() {
    let (_database, service) = published().await;
    for path in ["/reco/1", "/reco/abc", "/nothing"] {
        let named = service.ask("GET", path, &[("origin", ORIGIN)]).await;
        assert_eq!(named.headers["access-control-allow-origin"], ORIGIN, "{path}");
        assert_eq!(named.headers["access-control-expose-headers"], "etag, x-request-id, retry-after");
        for other in ["http://evil.example", "null", "http://localhost:5173.evil.example"] {
            let answer = service.ask("GET", path, &[("origin", other)]).await;
            assert!(!answer.headers.contains_key("access-control-allow-origin"), "{other}");
            assert_eq!(answer.status, named.status);
            assert!(answer.headers["vary"].contains("origin"));
        }
    }
}

#[tokio::test]
async fn a_preflight_of_a_named_origin_is_answered() {
    let (_database, service) = published().await;
    let ask = async |origin| {
        let headers = [("origin", origin), ("access-control-request-method", "GET")];
        service.ask("OPTIONS", "/reco/1", &headers).await
    };
    let named = ask(ORIGIN).await;
    assert_eq!((named.status, named.body.len()), (204, 0));
    assert_eq!(named.headers["access-control-allow-origin"], ORIGIN);
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE"] {
        assert!(named.headers["access-control-allow-methods"].contains(method), "{method}");
    }
    for header in ["authorization", "content-type", "x-request-id", "if-none-match"] {
        assert!(named.headers["access-control-allow-headers"].contains(header), "{header}");
    }
    assert_eq!(ask("http://evil.example").await.status, 405);
}

#[tokio::test]
async fn a_long_answer_is_compressed_for_those_who_can_read_it_and_a_short_one_is_not() {
    let (_database, service) = published().await;
    let gzip = [("accept-encoding", "gzip, br")];
    let docs = service.ask("GET", "/docs", &gzip).await;
    assert_eq!(docs.headers["content-encoding"], "gzip");
    assert_eq!(docs.body[..2], [0x1f, 0x8b]);
    assert!(docs.body.len() * 2 < service.get("/docs").await.body.len());
    assert!(!service.get("/docs").await.headers.contains_key("content-encoding"));
    let short = service.ask("GET", "/reco/1?n=1", &gzip).await;
    assert!(!short.headers.contains_key("content-encoding"));
    assert!(short.headers["vary"].contains("accept-encoding"));
}
