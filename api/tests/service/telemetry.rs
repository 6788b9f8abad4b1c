use crate::client::published;

fn series<'a>(metrics: &'a str, name: &str) -> Vec<&'a str> {
    metrics.lines().filter(|line| line.starts_with(&format!("{name}{{"))).collect()
}

#[tokio::test]
async fn requests_are_counted_by_pattern_method_and_status() {
    let (_database, service) = published().await;
    for path in ["/reco/1", "/reco/2", "/reco/random", "/reco/abc", "/docs", "/"] {
        service.get(path).await;
    }
    let answer = service.get("/metrics").await;
    assert!(answer.headers["content-type"].starts_with("text/plain; version=0.0.4"));
    let metrics = answer.text();
    for line in [
        r#"cinelake_api_requests_total{path="/reco/{user_id}",method="GET",status="200"} 2"#,
        r#"cinelake_api_requests_total{path="/reco/{user_id}",method="GET",status="400"} 1"#,
        r#"cinelake_api_requests_total{path="/reco/random",method="GET",status="200"} 1"#,
        r#"cinelake_api_requests_total{path="/docs",method="GET",status="200"} 1"#,
        r#"cinelake_api_requests_total{path="/",method="GET",status="200"} 1"#,
        r#"cinelake_api_request_duration_seconds_count{path="/reco/{user_id}",method="GET"} 3"#,
        "cinelake_api_database_up 1",
        "cinelake_api_live_model_version 1",
        "cinelake_api_pool_max_connections 3",
        "# TYPE process_cpu_seconds_total counter",
        "# TYPE process_resident_memory_bytes gauge",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is missing in\n{metrics}");
    }
    assert!(metrics.contains("# TYPE cinelake_api_request_duration_seconds histogram"));
}

#[tokio::test]
async fn strange_paths_and_methods_make_no_new_series() {
    let (_database, service) = published().await;
    for i in 0..20 {
        service.get(&format!("/random-{i}")).await;
        service.get(&format!("/reco/{}", i + 100)).await;
        service.ask(&format!("VERB{i}"), "/", &[]).await;
    }
    let answer = service.get("/metrics").await;
    let mut series = series(answer.text(), "cinelake_api_requests_total");
    // The test asked this until the service was ready.
    series.retain(|series| !series.contains("/health/ready"));
    assert_eq!(series.len(), 3, "{series:#?}");
    assert!(
        series.contains(&r#"cinelake_api_requests_total{path="unmatched",method="GET",status="404"} 20"#)
    );
    assert!(series.contains(&r#"cinelake_api_requests_total{path="/",method="other",status="405"} 20"#));
}
