use serde_json::{Value, json};

use super::*;

const STEPS: [&str; 6] = ["ingest", "clean", "train", "evaluate", "recommend", "publish"];

/// A run whose steps ended so.
fn run(outcomes: [&str; 6]) -> Value {
    let steps = STEPS.iter().zip(outcomes).map(|(step, outcome)| json!({ "step": step, "outcome": outcome }));
    json!({ "started_at": "2026-11-22T03:30:00.5+01:00", "steps": steps.collect::<Vec<_>>() })
}

fn record(run: &Value) -> RunRecord {
    parse(&run.to_string()).unwrap()
}

#[test]
fn a_run_whose_publish_ended_well_was_published() {
    for outcome in [StepOutcome::Done, StepOutcome::AlreadyDone] {
        let mut run = run(["done"; 6]);
        run["steps"][1]["report"] = json!({
            "outcome": "done", "seconds": 1.25,
            "tables": [{"name": "silver/movies", "version": 1, "rows": 20}, {"name": "a", "version": 1, "rows": 3}],
            "metrics": {"rejected.ratings.superseded": 12.0, "peak_memory_bytes": 5.0, "odd": null},
        });
        run["steps"][5] = json!({"step": "publish", "outcome": outcome, "report":
            {"outcome": "done", "seconds": 0.5, "metrics": {"version": 7.0, "peak_memory_bytes": 6.0}}});
        let record = record(&run);
        assert_eq!((record.outcome, record.version), (RunOutcome::Published, Some(7)));
        assert_eq!(record.started_at.as_deref(), Some("2026-11-22T02:30:00.500Z"));
        assert_eq!((record.failed_step, record.reason), (None, None));
        let clean = StepRecord {
            step: "clean".to_owned(),
            outcome: StepOutcome::Done,
            seconds: Some(1.25),
            rows: Some(23),
        };
        assert_eq!(record.steps[1], clean);
        assert_eq!((record.steps[2].seconds, record.steps[5].outcome), (None, outcome));
        let metrics = [
            ("clean.peak_memory_bytes", 5.0),
            ("publish.peak_memory_bytes", 6.0),
            ("rejected.ratings.superseded", 12.0),
            ("version", 7.0),
        ];
        assert!(record.metrics.iter().map(|(name, value)| (name.as_str(), *value)).eq(metrics));
    }
}

#[test]
fn a_failed_run_names_its_step_and_the_reason() {
    let mut run = run(["done", "done", "failed", "not_begun", "not_begun", "not_begun"]);
    run["steps"][2]["reason"] = "out of\nmemory".into();
    // Of an earlier attempt: what counts is how the last one ended.
    run["steps"][2]["report"] = json!({"outcome": "done"});
    let record = record(&run);
    assert_eq!((record.outcome, record.version), (RunOutcome::Failed, None));
    assert_eq!(
        (record.failed_step.as_deref(), record.reason.as_deref()),
        (Some("train"), Some("out of memory"))
    );
}

#[test]
fn a_closed_gate_is_no_failed_step() {
    let mut run = run(["done", "done", "done", "gate_closed", "not_begun", "not_begun"]);
    run["steps"][3]["report"] =
        json!({"outcome": "gate_closed", "reason": "too bad", "metrics": {"gate_open": 0.0}});
    let record = record(&run);
    assert_eq!(record.outcome, RunOutcome::GateClosed);
    assert_eq!((record.failed_step, record.reason.as_deref()), (None, Some("too bad")));
    assert_eq!(record.metrics.get("gate_open"), Some(&0.0));
}

#[test]
fn a_run_whose_input_was_unchanged_has_no_reason_and_one_that_never_began_has_failed() {
    let unchanged =
        record(&run(["skipped", "not_begun", "not_begun", "not_begun", "not_begun", "not_begun"]));
    assert_eq!((unchanged.outcome, unchanged.reason), (RunOutcome::Unchanged, None));
    let never_begun = record(&run(["not_begun"; 6]));
    assert_eq!((never_begun.outcome, never_begun.failed_step), (RunOutcome::Failed, None));
}

#[test]
fn a_step_without_an_outcome_ended_as_it_reported_and_else_never_began() {
    let run = json!({"started_at": null, "steps": [
        {"step": "ingest", "report": {"outcome": "already_done"}},
        {"step": "clean"},
        {"step": "publish", "outcome": "failed", "report": {"outcome": "done"}, "reason": "lost"},
    ]});
    let record = record(&run);
    let outcomes: Vec<_> = record.steps.iter().map(|step| step.outcome).collect();
    assert_eq!(outcomes, [StepOutcome::AlreadyDone, StepOutcome::NotBegun, StepOutcome::Failed]);
    assert_eq!((record.outcome, record.reason.as_deref()), (RunOutcome::Failed, Some("lost")));
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
        r#"{"started_at": null, "steps": [{"outcome": "done"}]}"#,
        r#"{"started_at": null, "steps": [{"step": "ingest", "outcome": "happy"}]}"#,
        r#"{"started_at": null, "steps": [{"step": "ingest", "report": "fine"}]}"#,
    ] {
        let error = parse(wrong).unwrap_err();
        assert!(error.is::<WrongUsage>(), "{wrong}: {error:#}");
        let message = error.to_string();
        assert!(message.starts_with("--report is not valid JSON") && !message.contains('\n'), "{message}");
    }
}
