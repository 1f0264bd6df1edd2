//! Reads the modules of one crate, and the uses of modules by other modules, from the code as text.
//!
//! A module is a file. Paths are resolved as the compiler does it, as far as the text allows: child modules come first, then items that a
//! module re-exports (`pub use`), exported macros, and names that a `*` imports.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    File,
    source::{find_word, in_name, line_of, shipped_code, test_modules},
};

/// A path of module names from the root of the crate; the root itself is empty.
pub type Path = Vec<String>;

/// One module uses another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The module that uses another.
    pub from: Path,
    /// The module that is used.
    pub to: Path,
    /// `file:line` of the use.
    pub place: String,
}

/// A module's code and names.
struct Module {
    file: String,
    code: String,
    /// Names that the module defines.
    own: BTreeSet<String>,
    /// Paths in the code with their offsets; the last name of a path may be `*`.
    paths: Vec<(Path, usize)>,
    /// Those of the paths that the module re-exports.
    taken_over: Vec<Path>,
}

/// Returns all uses of modules by other modules of the crate with the source folder `root` (`…/src/`).
pub fn uses(files: &[File], root: &str) -> Vec<Use> {
    let modules = modules(files, root);
    let mut found = Vec::new();
    for (from, module) in &modules {
        for (path, at) in &module.paths {
            let line = line_of(&module.code, *at);
            for to in targets(&modules, module, path) {
                if to != *from {
                    found.push(Use { from: from.clone(), to, place: format!("{}:{line}", module.file) });
                }
            }
        }
    }
    found
}

fn modules(files: &[File], root: &str) -> BTreeMap<Path, Module> {
    let inside = |file: &&File| file.path.ends_with(".rs") && file.path.starts_with(root);
    let files: Vec<(&File, Path)> =
        files.iter().filter(inside).filter_map(|file| Some((file, path_of(&file.path[root.len()..])?))).collect();
    let for_tests: Vec<Path> = files
        .iter()
        .flat_map(|(file, path)| {
            let child = |name: String| path.iter().cloned().chain([name]).collect();
            test_modules(&file.text).into_iter().map(child).collect::<Vec<Path>>()
        })
        .collect();
    let shipped = |path: &Path| !for_tests.iter().any(|test| path.starts_with(test));
    let names: BTreeSet<Path> = files.iter().map(|(_, path)| path.clone()).filter(shipped).collect();
    let mut modules: BTreeMap<Path, Module> = BTreeMap::new();
    let mut macros = Vec::new();
    for (file, path) in files.into_iter().filter(|(_, path)| shipped(path)) {
        let code = shipped_code(&file.text);
        let (paths, taken_over) = paths(&code, &path, &names);
        macros.extend(exported_macros(&code).into_iter().map(|name| [path.clone(), vec![name]].concat()));
        modules.insert(path, Module { file: file.path.clone(), own: definitions(&code), code, paths, taken_over });
    }
    // An exported macro belongs to the root, wherever it is defined.
    if let Some(root) = modules.get_mut(&Path::new()) {
        root.taken_over.extend(macros);
    }
    modules
}

/// Returns the path of a module from its file's path within the source folder; `None` for further binaries, which are no modules.
fn path_of(file: &str) -> Option<Path> {
    let stem = file.strip_suffix(".rs")?;
    if stem.starts_with("bin/") {
        return None;
    }
    let mut path: Path = stem.split('/').map(str::to_string).collect();
    let last = path.last().map(String::as_str);
    if last == Some("mod") || (path.len() == 1 && matches!(last, Some("lib" | "main"))) {
        path.pop();
    }
    Some(path)
}

/// Returns the names of the items and macros that the code defines.
fn definitions(code: &str) -> BTreeSet<String> {
    let kinds = ["struct ", "enum ", "trait ", "type ", "fn ", "const ", "static ", "union ", "macro_rules! "];
    let mut names = BTreeSet::new();
    for kind in kinds {
        for at in find_word(code, kind) {
            let name = first_name(&code[at + kind.len()..]);
            if !name.is_empty() {
                names.insert(name.to_string());
            }
        }
    }
    names
}

fn exported_macros(code: &str) -> Vec<String> {
    let after = |at: usize| code[at..].find("macro_rules! ").map(|offset| at + offset + "macro_rules! ".len());
    code.match_indices("#[macro_export]")
        .filter_map(|(at, _)| after(at))
        .map(|at| first_name(&code[at..]).to_string())
        .collect()
}

fn first_name(text: &str) -> &str {
    let text = text.trim_start();
    &text[..text.find(|c| !in_name(c)).unwrap_or(text.len())]
}

/// Returns all paths into the crate that the code contains, and those of them that it re-exports (`pub use`).
fn paths(code: &str, own: &Path, modules: &BTreeSet<Path>) -> (Vec<(Path, usize)>, Vec<Path>) {
    let (mut found, mut taken_over) = (Vec::new(), Vec::new());
    let parent = || own[..own.len().saturating_sub(1)].to_vec();
    let mut add = |at: usize, start: Path, tail: &str| {
        let public = is_public_use(&code[..at]);
        for path in tree(tail) {
            let full = [start.clone(), path].concat();
            if public {
                taken_over.push(full.clone());
            }
            found.push((full, at));
        }
    };
    for at in find_word(code, "crate::").filter(|at| !code[..*at].ends_with('$')) {
        add(at, Path::new(), &code[at + "crate::".len()..]);
    }
    for at in find_word(code, "self::") {
        add(at, own.clone(), &code[at + "self::".len()..]);
    }
    for at in find_word(code, "super::").filter(|at| !code[..*at].ends_with("super::")) {
        let (mut start, mut rest) = (parent(), &code[at + "super::".len()..]);
        while let Some(further) = rest.strip_prefix("super::") {
            start.pop();
            rest = further;
        }
        add(at, start, rest);
    }
    // Paths to child modules may begin with their names: `use fill::Fill`, `fill::price(…)`.
    for child in modules.iter().filter(|path| path.len() == own.len() + 1 && path.starts_with(own)) {
        let Some(name) = child.last() else { continue };
        let pattern = format!("{name}::");
        for at in find_word(code, &pattern).filter(|at| !code[..*at].ends_with("::")) {
            add(at, own.clone(), &code[at..]);
        }
    }
    // The loops above also find the paths in `use {a::b, crate::c}`, one by one.
    (found, taken_over)
}

/// Whether the text before a path begins a `pub use` statement of any visibility.
fn is_public_use(before: &str) -> bool {
    let statement = &before[before.rfind([';', '}']).map_or(0, |at| at + 1)..];
    // Attributes in front of the statement are removed.
    let statement = statement.rsplit(']').next().unwrap_or(statement).trim_start();
    let Some(rest) = statement.strip_prefix("pub") else { return false };
    let rest = if rest.starts_with('(') { rest.split_once(')').map_or("", |(_, rest)| rest) } else { rest };
    rest.trim_start().starts_with("use ")
}

/// Returns the paths of a tree of names: `a::{b, c::*}` is `a::b` and `a::c::*`.
fn tree(text: &str) -> Vec<Path> {
    fn read(text: &str, at: &mut usize, start: &Path, found: &mut Vec<Path>) {
        let mut path = start.clone();
        loop {
            let rest = &text[*at..];
            *at += rest.len() - rest.trim_start().len();
            let rest = &text[*at..];
            if rest.starts_with('*') {
                *at += 1;
                path.push("*".to_string());
            } else if rest.starts_with('{') {
                *at += 1;
                while !text[*at..].trim_start().starts_with('}') && *at < text.len() {
                    read(text, at, &path, found);
                    let rest = &text[*at..];
                    // Reading continues at the next branch, after ` as other_name`.
                    match rest.find([',', '}']) {
                        Some(end) if rest.as_bytes()[end] == b',' => *at += end + 1,
                        Some(end) => *at += end,
                        None => *at = text.len(),
                    }
                }
                *at = text[*at..].find('}').map_or(text.len(), |end| *at + end + 1);
                return;
            } else {
                let name = first_name(rest);
                *at += name.len();
                if name != "self" && !name.is_empty() {
                    path.push(name.to_string());
                }
            }
            match text[*at..].strip_prefix("::") {
                Some(next) if next.starts_with(|c| in_name(c) || c == '{' || c == '*') => *at += 2,
                _ => break,
            }
        }
        found.push(path);
    }
    let mut found = Vec::new();
    read(text, &mut 0, &Path::new(), &mut found);
    found
}

/// Returns the modules that a path leads to; none if the path does not resolve, such as paths to generated code.
fn targets(modules: &BTreeMap<Path, Module>, user: &Module, path: &Path) -> Vec<Path> {
    if path.last().is_some_and(|name| name == "*") {
        let Some(module) = walk(modules, &path[..path.len() - 1]) else { return Vec::new() };
        let mut found = BTreeSet::new();
        for (name, definer) in names(modules, &module, &mut BTreeSet::new()) {
            if is_used(&user.code, &name) {
                found.insert(definer);
            }
        }
        return found.into_iter().collect();
    }
    walk(modules, path).into_iter().collect()
}

/// Whether the code uses a name alone, neither at the end of a path nor as a field.
fn is_used(code: &str, name: &str) -> bool {
    find_word(code, name).any(|at| !code[..at].ends_with("::") && !code[..at].ends_with('.'))
}

/// Follows a path from the root to the module that defines what it names.
fn walk(modules: &BTreeMap<Path, Module>, path: &[String]) -> Option<Path> {
    let mut at = Path::new();
    for name in path {
        let child = [at.clone(), vec![name.clone()]].concat();
        if modules.contains_key(&child) {
            at = child;
            continue;
        }
        return match definer(modules, &at, name, &mut BTreeSet::new()) {
            Some(definer) => Some(definer),
            // The name is an item that the text does not show; at the root it is generated code.
            None if !at.is_empty() => Some(at),
            None => None,
        };
    }
    Some(at)
}

fn definer(
    modules: &BTreeMap<Path, Module>,
    at: &Path,
    name: &str,
    seen: &mut BTreeSet<(Path, String)>,
) -> Option<Path> {
    if !seen.insert((at.clone(), name.to_string())) {
        return None;
    }
    let module = modules.get(at)?;
    if module.own.contains(name) {
        return Some(at.clone());
    }
    for path in &module.taken_over {
        let Some((last, start)) = path.split_last() else { continue };
        if last != name && last != "*" {
            continue;
        }
        if modules.contains_key(path) {
            return Some(path.clone());
        }
        let Some(from) = walk(modules, start) else { continue };
        if let Some(found) = definer(modules, &from, name, seen) {
            return Some(found);
        }
    }
    None
}

/// Returns all names that a module defines or re-exports, with the module that defines each.
fn names(modules: &BTreeMap<Path, Module>, at: &Path, seen: &mut BTreeSet<Path>) -> BTreeMap<String, Path> {
    let mut found = BTreeMap::new();
    let Some(module) = modules.get(at) else { return found };
    if !seen.insert(at.clone()) {
        return found;
    }
    for path in &module.taken_over {
        let Some((last, start)) = path.split_last() else { continue };
        if last == "*" {
            if let Some(from) = walk(modules, start) {
                found.extend(names(modules, &from, seen));
            }
        } else if let Some(definer) = walk(modules, path) {
            found.insert(last.clone(), definer);
        }
    }
    found.extend(module.own.iter().map(|name| (name.clone(), at.clone())));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_of(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<File> = files.iter().map(|(path, text)| File::new(&format!("c/src/{path}"), text)).collect();
        let mut found: Vec<String> = uses(&files, "c/src/")
            .iter()
            .map(|used| format!("{} {} {}", used.from.join("::"), used.to.join("::"), used.place))
            .collect();
        found.sort();
        found.dedup();
        found
    }

    #[test]
    fn reads_trees_of_names() {
        let paths: Vec<String> =
            tree("a::{self, b as z, c::{d, *}}, crate").iter().map(|path| path.join("::")).collect();
        assert_eq!(paths, ["a", "a::b", "a::c::d", "a::c::*"]);
        assert_eq!(tree("f(x)"), [["f"]]);
    }

    #[test]
    fn follows_paths_lists_and_parents() {
        let found = crate_of(&[
            ("lib.rs", "pub mod a; mod b;"),
            ("a/mod.rs", "mod deep; fn f() { crate::b::g() }"),
            ("a/deep.rs", "use super::super::b::{G, H};\nuse std::b::X;"),
            ("b.rs", "pub struct G; pub struct H; pub fn g() {}"),
        ]);
        assert_eq!(found, ["a b c/src/a/mod.rs:1", "a::deep b c/src/a/deep.rs:1"]);
    }

    #[test]
    fn follows_re_exports() {
        let found = crate_of(&[
            ("lib.rs", "mod state;"),
            ("state/mod.rs", "mod one;\nmod two;\npub use one::One;\npub use two::*;"),
            ("state/one.rs", "use super::{Two};\npub struct One;"),
            ("state/two.rs", "pub struct Two; pub struct Other;\nuse super::*;\nfn f(x: One) {}"),
        ]);
        assert!(found.contains(&"state::one state::two c/src/state/one.rs:1".to_string()), "{found:?}");
        assert!(found.contains(&"state::two state::one c/src/state/two.rs:2".to_string()), "{found:?}");
    }

    #[test]
    fn a_star_counts_only_names_that_are_used() {
        let found = crate_of(&[
            ("lib.rs", "mod a; mod b; mod c;\nfn f() {}"),
            ("a.rs", "pub struct A; pub struct B;"),
            ("b.rs", "use crate::a::*; fn f() -> A {}"),
            ("c.rs", "use crate::a::*; fn f() -> Other::A {}"),
        ]);
        assert_eq!(found, ["b a c/src/b.rs:1"]);
    }

    #[test]
    fn follows_exported_macros_and_leaves_out_generated_names() {
        let found = crate_of(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "#[macro_export]\nmacro_rules! ensure { () => { $crate::b::X } }"),
            ("b.rs", "use crate::ensure; use crate::ID;"),
        ]);
        assert_eq!(found, ["b a c/src/b.rs:1"]);
    }

    #[test]
    fn tests_do_not_count() {
        let found = crate_of(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "#[cfg(test)]\nmod tests;\npub struct A;"),
            ("a/tests.rs", "use crate::b::B;"),
            ("b.rs", "pub struct B;\n#[cfg(test)]\nmod tests { use crate::a::A; }"),
        ]);
        assert_eq!(found, [] as [&str; 0]);
    }
}
