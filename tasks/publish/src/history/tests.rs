use serde_json::json;

use super::*;

const STEPS: [&str; 6] = ["ingest", "clean", "train", "evaluate", "recommend", "publish"];

/// A run whose steps have these states.
fn run(states: [&str; 6]) -> Value {
    let steps = STEPS.iter().zip(states).map(|(step, state)| json!({ "step": step, "state": state }));
    json!({ "started_at": "2026-11-22T03:30:00.5+01:00", "steps": steps.collect::<Vec<_>>() })
}

fn history(told: &Value) -> History {
    Told::parse(&told.to_string()).unwrap().into_history()
}

fn outcomes(history: &History) -> Vec<Value> {
    history.steps.iter().map(|step| serde_json::to_value(step.outcome).unwrap()).collect()
}

#[test]
fn a_run_whose_publish_ended_well_was_published() {
    for outcome in ["done", "already_done"] {
        let mut told = run(["success"; 6]);
        told["steps"][1]["report"] = json!({
            "outcome": "done", "seconds": 1.25,
            "tables": [{"name": "silver/movies", "version": 1, "rows": 20}, {"name": "a", "version": 1, "rows": 3}],
            "metrics": {"rejected.ratings.superseded": 12.0, "peak_memory_bytes": 5.0, "odd": null},
        });
        told["steps"][5]["report"] = json!({"outcome": outcome, "seconds": 0.5, "metrics": {"version": 7.0, "peak_memory_bytes": 6.0}});
        let history = history(&told);
        assert_eq!(history.outcome, RunOutcome::Published);
        let expected = json!({
            "version": 7, "started_at": "2026-11-22T02:30:00.500Z", "seconds": 1.75, "failed_step": null, "reason": null,
            "steps": [
                {"step": "ingest", "outcome": "done", "seconds": null, "rows": null},
                {"step": "clean", "outcome": "done", "seconds": 1.25, "rows": 23},
                {"step": "train", "outcome": "done", "seconds": null, "rows": null},
                {"step": "evaluate", "outcome": "done", "seconds": null, "rows": null},
                {"step": "recommend", "outcome": "done", "seconds": null, "rows": null},
                {"step": "publish", "outcome": outcome, "seconds": 0.5, "rows": 0},
            ],
            "metrics": {
                "rejected.ratings.superseded": 12.0, "clean.peak_memory_bytes": 5.0,
                "version": 7.0, "publish.peak_memory_bytes": 6.0,
            },
        });
        assert_eq!(history.to_json().unwrap(), expected);
    }
}

#[test]
fn a_failed_run_names_its_step_and_the_reason() {
    let mut told =
        run(["success", "success", "failed", "upstream_failed", "upstream_failed", "upstream_failed"]);
    told["steps"][2]["reason"] = "out of\nmemory".into();
    // Of an earlier attempt: what counts is how the last one ended.
    told["steps"][2]["report"] = json!({"outcome": "done"});
    let history = history(&told);
    assert_eq!(history.outcome, RunOutcome::Failed);
    assert_eq!((history.failed_step.as_deref(), history.version), (Some("train"), None));
    assert_eq!(history.reason.as_deref(), Some("out of memory"));
    assert_eq!(outcomes(&history), ["done", "done", "failed", "not_begun", "not_begun", "not_begun"]);
}

#[test]
fn a_closed_gate_is_no_failed_step() {
    let mut told = run(["success", "success", "success", "failed", "upstream_failed", "upstream_failed"]);
    told["steps"][3]["report"] =
        json!({"outcome": "gate_closed", "reason": "too bad", "metrics": {"gate_open": 0.0}});
    let history = history(&told);
    assert_eq!(history.outcome, RunOutcome::GateClosed);
    assert_eq!((history.failed_step.as_deref(), history.reason.as_deref()), (None, Some("too bad")));
    assert_eq!(history.metrics.get("gate_open"), Some(&0.0));
    assert_eq!(outcomes(&history), ["done", "done", "done", "gate_closed", "not_begun", "not_begun"]);
}

#[test]
fn a_run_whose_input_was_unchanged_began_nothing_after_ingest() {
    let history = history(&run(["skipped"; 6]));
    assert_eq!((history.outcome, history.reason.as_deref()), (RunOutcome::Unchanged, None));
    assert_eq!(
        outcomes(&history),
        ["skipped", "not_begun", "not_begun", "not_begun", "not_begun", "not_begun"]
    );
}

#[test]
fn a_run_that_was_given_up_has_failed() {
    let history = history(&run(["success", "running", "none", "none", "none", "none"]));
    assert_eq!((history.outcome, history.failed_step.as_deref()), (RunOutcome::Failed, Some("clean")));
    let mut told = run(["success"; 6]);
    for step in told["steps"].as_array_mut().unwrap() {
        step["state"] = Value::Null;
    }
    let never_begun = self::history(&told);
    assert_eq!((never_begun.outcome, never_begun.failed_step), (RunOutcome::Failed, None));
    assert_eq!(outcomes(&history)[2..], ["not_begun"; 4]);
}

#[test]
fn an_outcome_that_the_scheduler_knows_counts() {
    let told = json!({"started_at": null, "steps": [
        {"step": "ingest", "outcome": "already_done"},
        {"step": "publish", "outcome": "failed", "report": {"outcome": "done"}, "reason": "lost"},
    ]});
    let history = history(&told);
    assert_eq!((history.outcome, history.reason.as_deref()), (RunOutcome::Failed, Some("lost")));
    assert_eq!(outcomes(&history), ["already_done", "failed"]);
}

#[test]
fn a_publish_by_hand_tells_of_itself() {
    let mut report = task::Report::of_run("one");
    report.metric("version", 3.0);
    report.table(task::Written {
        table: "gold/published",
        version: 2,
        rows: 1,
        files: 2,
        bytes: 9,
        already: false,
    });
    let began = "2026-11-22T02:30:00Z".parse().unwrap();
    let history = Told::of_publish(&report, began, 0.1234).unwrap().into_history();
    assert_eq!(history.outcome, RunOutcome::Published);
    let expected = json!({
        "version": 3, "started_at": "2026-11-22T02:30:00Z", "seconds": 0.123, "failed_step": null, "reason": null,
        "steps": [{"step": "publish", "outcome": "done", "seconds": 0.123, "rows": 1}],
        "metrics": {"version": 3.0},
    });
    assert_eq!(history.to_json().unwrap(), expected);
}

#[test]
fn what_is_no_report_is_wrong_usage_in_one_line() {
    for wrong in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"started_at": null, "steps": []}"#,
        r#"{"started_at": "yesterday", "steps": [{"step": "ingest"}]}"#,
        r#"{"started_at": null, "steps": [{"state": "success"}]}"#,
        r#"{"started_at": null, "steps": [{"step": "ingest", "state": "happy"}]}"#,
        r#"{"started_at": null, "steps": [{"step": "ingest", "report": "fine"}]}"#,
    ] {
        let error = Told::parse(wrong).unwrap_err();
        assert!(error.is::<WrongUsage>(), "{wrong}: {error:#}");
        let message = error.to_string();
        assert!(message.starts_with("--report is not") && !message.contains('\n'), "{message}");
    }
}
