//! Checks that modules of the same folder do not use each other in a cycle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    File, Report,
    config::{Circle, Cycles},
    modules, unneeded,
};

/// For each module, the modules of its folder that it uses, with the place of the first use.
type Graph = BTreeMap<String, BTreeMap<String, String>>;

/// Finds cycles.
pub fn check(files: &[File], rules: &Cycles) -> Report {
    let (mut breaks, mut count) = (Vec::new(), 0);
    let mut known = BTreeSet::new();
    for source in &rules.sources {
        for (folder, graph) in folders(files, source) {
            count += 1;
            let allowed: Vec<&Circle> = rules.allowed.iter().filter(|circle| circle.folder == folder).collect();
            let in_circles: BTreeSet<String> = rings(&graph).into_iter().flatten().collect();
            for circle in &allowed {
                known.insert(circle.folder.as_str());
                if let Some(out) = circle.modules.iter().find(|name| !in_circles.contains(*name)) {
                    breaks.push(unneeded(&format!("a cycle with `{out}` in {folder}"), &circle.reason));
                }
            }
            let graph = merged(&graph, &allowed);
            for ring in rings(&graph) {
                breaks.push(format!("{folder}: {}", describe(&graph, &ring)));
            }
        }
    }
    for circle in rules.allowed.iter().filter(|circle| !known.contains(circle.folder.as_str())) {
        breaks.push(unneeded(&format!("a cycle in {}", circle.folder), &circle.reason));
    }
    Report { name: "cycles", count, things: "folders", breaks }
}

/// Returns the graph of modules for each folder of a crate.
fn folders(files: &[File], source: &str) -> BTreeMap<String, Graph> {
    let mut found: BTreeMap<String, Graph> = BTreeMap::new();
    for used in modules::uses(files, source) {
        let common = used.from.iter().zip(&used.to).take_while(|(a, b)| a == b).count();
        // A module and its children are not in the same folder.
        let (Some(from), Some(to)) = (used.from.get(common), used.to.get(common)) else { continue };
        let folder = format!("{source}{}", used.from[..common].join("/"));
        let graph = found.entry(folder.trim_end_matches('/').to_string()).or_default();
        graph.entry(from.clone()).or_default().entry(to.clone()).or_insert(used.place);
    }
    found
}

/// Returns the graph with each allowed cycle merged into one module.
fn merged(graph: &Graph, allowed: &[&Circle]) -> Graph {
    let name = |module: &String| {
        allowed
            .iter()
            .find(|circle| circle.modules.contains(module))
            .map_or(module.clone(), |circle| circle.modules.join("+"))
    };
    let mut found = Graph::new();
    for (from, targets) in graph {
        for (to, place) in targets {
            let (from, to) = (name(from), name(to));
            if from != to {
                found.entry(from).or_default().entry(to).or_insert(place.clone());
            }
        }
    }
    found
}

/// Returns the groups of modules in which each module reaches all others.
fn rings(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reach: BTreeMap<&String, BTreeSet<String>> = graph.keys().map(|from| (from, reached(graph, from))).collect();
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for (from, targets) in &reach {
        if !targets.contains(*from) || found.iter().any(|ring| ring.contains(*from)) {
            continue;
        }
        found.push(
            targets.iter().filter(|to| reach.get(to).is_some_and(|back| back.contains(*from))).cloned().collect(),
        );
    }
    found
}

fn reached(graph: &Graph, from: &String) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut next = vec![from];
    while let Some(module) = next.pop() {
        for to in graph.get(module).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(to.clone()) {
                next.push(to);
            }
        }
    }
    found
}

/// Describes the shortest cycle of a group: `a -> b (place) -> a (place)`.
fn describe(graph: &Graph, ring: &BTreeSet<String>) -> String {
    let shortest = ring.iter().filter_map(|from| circle(graph, from)).min_by_key(Vec::len).unwrap_or_default();
    let mut text = shortest.first().cloned().unwrap_or_default();
    for pair in shortest.windows(2) {
        let place = graph.get(&pair[0]).and_then(|targets| targets.get(&pair[1])).map_or("?", String::as_str);
        text += &format!(" -> {} ({place})", pair[1]);
    }
    if ring.len() + 1 > shortest.len() {
        let names: Vec<&str> = ring.iter().map(String::as_str).collect();
        text += &format!("; all modules in cycles: {}", names.join(", "));
    }
    text
}

/// Returns the shortest path from a module back to itself.
fn circle(graph: &Graph, from: &String) -> Option<Vec<String>> {
    let mut came: BTreeMap<&String, &String> = BTreeMap::new();
    let mut next = VecDeque::from([from]);
    while let Some(module) = next.pop_front() {
        for to in graph.get(module).into_iter().flat_map(BTreeMap::keys) {
            if to == from {
                let mut way = vec![from.clone(), module.clone()];
                let mut at = module;
                while at != from {
                    at = came.get(at)?;
                    way.push(at.clone());
                }
                if module == from {
                    way.pop();
                }
                way.reverse();
                return Some(way);
            }
            if !came.contains_key(to) {
                came.insert(to, module);
                next.push_back(to);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaks(files: &[(&str, &str)], allowed: &str) -> Vec<String> {
        let rules = toml::from_str(&format!("sources = [\"c/src/\"]\nallowed = [{allowed}]")).unwrap();
        let files: Vec<File> = files.iter().map(|(path, text)| File::new(&format!("c/src/{path}"), text)).collect();
        check(&files, &rules).breaks
    }

    const RING: &[(&str, &str)] = &[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B;\npub struct A;"),
        ("b.rs", "pub struct B;\nuse crate::c::C;"),
        ("c.rs", "\n\nuse super::a::A; pub struct C;"),
    ];

    #[test]
    fn a_chain_is_no_cycle() {
        assert!(breaks(&RING[..3], "").is_empty());
    }

    #[test]
    fn a_cycle_is_reported_with_every_place() {
        let expected = "c/src: a -> b (c/src/a.rs:1) -> c (c/src/b.rs:2) -> a (c/src/c.rs:3)";
        assert_eq!(breaks(RING, ""), [expected]);
    }

    #[test]
    fn a_cycle_deeper_down_is_found_in_its_folder() {
        let files = [
            ("lib.rs", "mod x;"),
            ("x/mod.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
            ("x/a.rs", "use super::B; pub struct A;"),
            ("x/b.rs", "use crate::x::*; pub struct B; fn f(a: A) {}"),
        ];
        assert_eq!(breaks(&files, ""), ["c/src/x: a -> b (c/src/x/a.rs:1) -> a (c/src/x/b.rs:1)"]);
    }

    #[test]
    fn a_module_and_its_children_are_no_cycle() {
        let files = [
            ("lib.rs", "mod x;"),
            ("x.rs", "mod a; use a::A; pub struct X;"),
            ("x/a.rs", "use super::X; pub struct A;"),
        ];
        assert!(breaks(&files, "").is_empty());
    }

    #[test]
    fn an_allowed_cycle_does_not_hide_another() {
        let allowed = "{ folder = \"c/src\", modules = [\"a\", \"b\"], reason = \"r\" }";
        let two = [RING[0], RING[1], ("b.rs", "use crate::a::A; pub struct B;")];
        assert!(breaks(&two, allowed).is_empty());
        let files = [RING[0], RING[1], ("b.rs", "use crate::{a::A, c::C}; pub struct B;"), RING[3]];
        assert_eq!(breaks(&files, allowed), ["c/src: a+b -> c (c/src/b.rs:1) -> a+b (c/src/c.rs:3)"]);
        assert_eq!(breaks(&RING[..3], allowed).len(), 1);
    }
}
