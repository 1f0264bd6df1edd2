//! The files for who runs a keeper (`sdk/keeper/operations`) and the table of metrics in `docs/keeper.md` name what there is.

use crate::process::evergreen;
use evergreen_keeper::{Job, Metrics};
use evergreen_test_support::documents::KEEPER;
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::PathBuf, process::Stdio};

const PREFIX: &str = "evergreen_keeper_";

fn file(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../keeper/operations", name].iter().collect();
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Names of metrics in a text, without the prefix.
fn named(text: &str) -> BTreeSet<String> {
    let is_part = |letter: char| letter.is_ascii_lowercase() || letter == '_' || letter.is_ascii_digit();
    let rest = text.split(PREFIX).skip(1);
    rest.map(|rest| rest.chars().take_while(|letter| is_part(*letter)).collect()).collect()
}

/// The metric that a sample's name belongs to: by the names and by the endings that the kinds of this build really write.
fn metric_of(sample: &str, metrics: &Metrics) -> Option<&'static str> {
    let names = metrics.names();
    let ends = ["", "_total", "_bucket", "_sum", "_count"];
    let found = names.iter().find(|name| ends.iter().any(|end| format!("{name}{end}") == sample))?;
    // A counter without its ending, or a gauge with one, would be no metric at all.
    let kind = |kind: &str| metrics.text().contains(&format!("# TYPE {PREFIX}{found} {kind}\n"));
    let end = &sample[found.len()..];
    let is_right = match end {
        "_total" => !kind("gauge") && !kind("histogram"),
        "_bucket" | "_sum" | "_count" => kind("histogram"),
        _ => !kind("counter") && !kind("histogram"),
    };
    is_right.then_some(*found)
}

fn assert_known(what: &str, text: &str, least: usize) -> BTreeSet<&'static str> {
    let metrics = Metrics::default();
    let found = named(text);
    assert!(found.len() >= least, "{what} names {} metrics", found.len());
    let of = |sample: &String| {
        metric_of(sample, &metrics).unwrap_or_else(|| panic!("{what} names {PREFIX}{sample}, which there is not"))
    };
    found.iter().map(of).collect()
}

#[test]
fn a_name_that_there_is_not_is_found() {
    let metrics = Metrics::default();
    for wrong in ["lamport", "under_way_total", "recovered", "tick_seconds", "lamports_bucket"] {
        assert_eq!(metric_of(wrong, &metrics), None, "{wrong}");
    }
    for right in ["lamports", "recovered_total", "tick_seconds_bucket", "reaction_seconds_count"] {
        assert!(metric_of(right, &metrics).is_some(), "{right}");
    }
}

#[test]
fn alerts_and_dashboard_name_metrics_and_jobs_that_there_are() {
    let alerts: serde_yaml::Value = serde_yaml::from_str(&file("alerts.yml")).expect("YAML");
    let rules = alerts["groups"][0]["rules"].as_sequence().expect("rules");
    assert!(rules.len() > 10);
    let mut names = BTreeSet::new();
    for rule in rules {
        let text = |field: &str| rule[field].as_str().unwrap_or_default().to_owned();
        assert!(names.insert(text("alert")), "{} is there twice", text("alert"));
        assert!(["page", "notice"].contains(&rule["labels"]["severity"].as_str().unwrap_or_default()));
        for field in ["summary", "action"] {
            let words = rule["annotations"][field].as_str().unwrap_or_default();
            assert!(words.len() > 10, "{}: {field}", text("alert"));
        }
        let expression = text("expr");
        assert_balanced(&expression);
        if !expression.contains("up{job=\"evergreen-keeper\"}") {
            assert_known(&text("alert"), &expression, 1);
        }
        for job in jobs_in(&expression) {
            assert!(Job::ALL.iter().any(|known| known.name() == job), "{}: there is no job {job}", text("alert"));
        }
    }
    let dashboard: Value = serde_json::from_str(&file("dashboard.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut shown = BTreeSet::new();
    for panel in panels {
        for target in panel["targets"].as_array().expect("targets") {
            let expression = target["expr"].as_str().expect("an expression");
            assert_balanced(expression);
            shown.extend(assert_known(panel["title"].as_str().expect("a title"), expression, 1));
        }
    }
    let all: BTreeSet<&str> = Metrics::default().names().iter().copied().collect();
    let missing: Vec<&&str> = all.difference(&shown).collect();
    assert!(missing.is_empty(), "the dashboard does not show {missing:?}");
}

/// The jobs that an expression names in `job="..."` and its like, except for the job of Prometheus.
fn jobs_in(expression: &str) -> Vec<String> {
    let after = ["{job=\"", "{job=~\"", "{job!~\""];
    let lists =
        after.iter().flat_map(|start| expression.split(start).skip(1)).filter_map(|rest| rest.split('"').next());
    lists.flat_map(|list| list.split('|').map(str::to_owned)).filter(|job| job != "evergreen-keeper").collect()
}

fn assert_balanced(expression: &str) {
    for (open, close) in [('(', ')'), ('{', '}'), ('[', ']')] {
        assert_eq!(expression.matches(open).count(), expression.matches(close).count(), "{expression}");
    }
}

#[test]
fn the_guide_tells_of_every_metric() {
    let table = KEEPER.split("## Watch it").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the table");
    for name in Metrics::default().names() {
        assert!(
            table.contains(&format!("`{name}")) || table.contains(&format!("`{PREFIX}{name}")),
            "{name} is missing"
        );
    }
    // And of none that there is not.
    let metrics = Metrics::default();
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cell = row.split('|').nth(1).unwrap_or_default();
        for name in cell.split('`').skip(1).step_by(2) {
            let name = name.split('{').next().unwrap_or_default();
            assert!(metric_of(name, &metrics).is_some() || metrics.names().contains(&name), "there is no {name}");
        }
    }
}

#[test]
fn the_units_command_line_is_one() {
    let unit = file("evergreen-keeper.service");
    let line =
        unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/evergreen ")).expect("a command");
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().display().to_string();
    let line = line.replace("%d", &path).replace("%S", &path).replace("$KEEPER_OPTIONS", "");
    std::fs::write(home.path().join("nodes"), "http://127.0.0.1:9\n").expect("a file");
    let mut command = evergreen(home.path());
    command.args(line.split_whitespace()).args(["--url", "http://127.0.0.1:9"]).stdin(Stdio::null());
    let output = command.output().expect("the command runs");
    let said = String::from_utf8_lossy(&output.stderr);
    // It reads all options, and fails at the key, which is not there.
    assert!(output.status.code() == Some(1) && said.contains("reading the keypair"), "{said}");
    for named in ["KillSignal=SIGINT", "Restart=always", "StateDirectory=evergreen-keeper"] {
        assert!(unit.contains(named), "{named}");
    }
}
