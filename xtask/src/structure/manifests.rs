//! Checks the dependencies of the workspace's crates, read from their manifests.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use super::{File, RULES, Report, config::Dependencies};

/// Dependencies of each crate, without those of tests and examples.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// Finds forbidden dependencies, also those through other crates of the workspace.
pub fn check(files: &[File], rules: &[Dependencies]) -> Result<Report> {
    let graph = graph(files)?;
    let mut breaks = Vec::new();
    for rule in rules {
        if !graph.contains_key(&rule.package) {
            breaks.push(format!("{RULES}: there is no package `{}`", rule.package));
            continue;
        }
        let mut seen = BTreeSet::new();
        walk(&graph, &[&rule.package], &mut seen, &mut |way| {
            let Some(last) = way.last() else { return };
            if rule.never.iter().any(|never| matches(never, last)) {
                breaks.push(format!("{}: {}", way.join(" -> "), rule.reason));
            }
        });
    }
    Ok(Report { name: "crates", count: graph.len(), things: "manifests", breaks })
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}

/// Visits every dependency that the last crate of `way` reaches, once each.
fn walk<'a>(graph: &'a Graph, way: &[&'a str], seen: &mut BTreeSet<&'a str>, visit: &mut impl FnMut(&[&str])) {
    let Some(last) = way.last() else { return };
    for name in graph.get(*last).into_iter().flatten() {
        if seen.insert(name) {
            let way = [way, &[name.as_str()]].concat();
            visit(&way);
            walk(graph, &way, seen, visit);
        }
    }
}

fn graph(files: &[File]) -> Result<Graph> {
    let mut graph = Graph::new();
    for file in files.iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        let manifest: toml::Table = toml::from_str(&file.text).with_context(|| format!("reading {}", file.path))?;
        let Some(name) = manifest.get("package").and_then(|package| package.get("name")?.as_str()) else { continue };
        let mut found = BTreeSet::new();
        dependencies(&manifest, &mut found);
        for target in manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values) {
            if let Some(target) = target.as_table() {
                dependencies(target, &mut found);
            }
        }
        graph.insert(name.to_string(), found);
    }
    Ok(graph)
}

fn dependencies(table: &toml::Table, found: &mut BTreeSet<String>) {
    for kind in ["dependencies", "build-dependencies"] {
        for (name, entry) in table.get(kind).and_then(toml::Value::as_table).into_iter().flatten() {
            // A dependency may be renamed; `package` then has its real name.
            found.insert(entry.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaks(never: &str) -> Vec<String> {
        let files = [
            File::new("a/Cargo.toml", "[package]\nname = \"a\"\n[dependencies]\nb.workspace = true"),
            File::new(
                "b/Cargo.toml",
                "[package]\nname = \"b\"\n[dev-dependencies]\nc = \"1\"\n\
                 [target.'cfg(unix)'.dependencies]\nx = { package = \"solana-x\", version = \"1\" }",
            ),
        ];
        let rule: Dependencies =
            toml::from_str(&format!("package = \"a\"\nnever = [{never}]\nreason = \"pure\"")).unwrap();
        check(&files, &[rule]).unwrap().breaks
    }

    #[test]
    fn indirect_dependencies_count_and_those_of_tests_do_not() {
        assert_eq!(breaks("\"solana-*\""), ["a -> b -> solana-x: pure"]);
        assert!(breaks("\"c\", \"solana\"").is_empty());
        assert_eq!(breaks("\"b\""), ["a -> b: pure"]);
    }
}
