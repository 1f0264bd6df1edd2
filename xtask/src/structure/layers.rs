//! Checks the layers within crates: a module uses only its own layer and lower ones.

use std::collections::BTreeSet;

use super::{
    File, RULES, Report,
    config::Layers,
    modules::{self, Path},
    unneeded,
};

/// Finds uses of higher layers.
pub fn check(files: &[File], crates: &[Layers]) -> Report {
    let (mut breaks, mut count) = (Vec::new(), 0);
    for rules in crates {
        count += files.iter().filter(|file| file.is_rust() && file.path.starts_with(&rules.source)).count();
        check_crate(files, rules, &mut breaks);
    }
    Report { name: "layers", count, things: "files", breaks }
}

fn check_crate(files: &[File], rules: &Layers, breaks: &mut Vec<String>) {
    let rank = |module: &str| rules.order.iter().position(|layer| layer.iter().any(|name| name == module));
    let mut unknown = BTreeSet::new();
    let mut needed = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for used in modules::uses(files, &rules.source) {
        let (from, to) = (top(&used.from), top(&used.to));
        let (Some(own), Some(other)) = (rank(from), rank(to)) else {
            unknown.extend([from, to].into_iter().filter(|name| rank(name).is_none()).map(str::to_string));
            continue;
        };
        if other >= own {
            continue;
        }
        if let Some(index) = rules.allowed.iter().position(|upward| upward.from == from && upward.to == to) {
            needed.insert(index);
        } else if seen.insert((used.place.clone(), to.to_string())) {
            breaks.push(format!("{}: `{from}` uses `{to}`, which lies above it", used.place));
        }
    }
    breaks.extend(unknown.iter().map(|name| format!("{}: module `{name}` has no layer in {RULES}", rules.source)));
    for (_, upward) in rules.allowed.iter().enumerate().filter(|(index, _)| !needed.contains(index)) {
        breaks.push(unneeded(&format!("`{}` using `{}`", upward.from, upward.to), &upward.reason));
    }
}

/// Returns the top-level module of a path; the root itself is `root`.
fn top(path: &Path) -> &str {
    path.first().map_or("root", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaks(low: &str, allowed: &str) -> Vec<String> {
        let rules = toml::from_str(&format!(
            "source = \"c/src/\"\norder = [[\"root\"], [\"high\"], [\"low\", \"beside\"]]\nallowed = [{allowed}]"
        ))
        .unwrap();
        let files = [
            File::new("c/src/lib.rs", "mod high; mod low; mod beside; pub use high::High;"),
            File::new("c/src/high.rs", "use crate::low::f; pub struct High;"),
            File::new("c/src/low.rs", low),
            File::new("c/src/beside.rs", "use crate::low::f;"),
        ];
        check(&files, &[rules]).breaks
    }

    #[test]
    fn uses_of_lower_layers_and_the_same_layer_are_allowed() {
        assert!(breaks("pub fn f() {} use crate::beside::x;", "").is_empty());
    }

    #[test]
    fn a_use_of_a_higher_layer_is_found_also_by_re_exports_of_the_root() {
        let expected = ["c/src/low.rs:2: `low` uses `high`, which lies above it"];
        assert_eq!(breaks("pub fn f() {}\nuse crate::high::High;", ""), expected);
        assert_eq!(breaks("pub fn f() {}\nuse crate::High;", ""), expected);
        assert_eq!(breaks("pub fn f() {}\nuse super::high::High;", ""), expected);
    }

    #[test]
    fn tests_may_use_higher_layers() {
        assert!(breaks("pub fn f() {}\n#[cfg(test)]\nmod tests { use crate::high::High; }", "").is_empty());
    }

    #[test]
    fn an_exception_that_nothing_needs_is_found() {
        let allowed = "{ from = \"low\", to = \"high\", reason = \"r\" }";
        assert!(breaks("pub fn f() {}\nuse crate::high::High;", allowed).is_empty());
        assert_eq!(breaks("pub fn f() {}", allowed).len(), 1);
    }

    #[test]
    fn every_module_has_a_layer() {
        let rules: Layers = toml::from_str("source = \"c/src/\"\norder = [[\"a\"]]").unwrap();
        let files = [
            File::new("c/src/lib.rs", "mod a; mod b;"),
            File::new("c/src/a.rs", "use crate::b::B;"),
            File::new("c/src/b.rs", "pub struct B;"),
        ];
        assert_eq!(check(&files, &[rules]).breaks, ["c/src/: module `b` has no layer in xtask/structure.toml"]);
    }
}
