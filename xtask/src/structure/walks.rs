//! Checks that a document's walks through the program name files that are there.

use super::{File, Report, config::Walks};

/// Finds files that a walk names and that are not there. Files of one folder may be named together: `state/{pool,registry}.rs`.
pub fn check(files: &[File], rules: &Walks) -> Report {
    let mut breaks = Vec::new();
    let mut count = 0;
    let text = files.iter().find(|file| file.path == rules.document).map_or("", |file| file.text.as_str());
    let section = text.split_once(&rules.section).map(|(_, rest)| rest.split("\n## ").next().unwrap_or(rest));
    if section.is_none() {
        breaks.push(format!("{}: there is no section `{}`", rules.document, rules.section));
    }
    for path in section.unwrap_or("").split('`').skip(1).step_by(2).filter(|name| name.ends_with(".rs")) {
        for path in expanded(path) {
            count += 1;
            let is_there = |folder: &String| files.iter().any(|file| file.path == format!("{folder}{path}"));
            if !rules.folders.iter().any(is_there) {
                breaks.push(format!("{}: `{path}` is in none of {}", rules.document, rules.folders.join(", ")));
            }
        }
    }
    Report { name: "walks", count, things: "files", breaks }
}

/// Returns the paths that a path with names in braces stands for.
fn expanded(path: &str) -> Vec<String> {
    let Some((start, (names, end))) =
        path.split_once('{').and_then(|(start, rest)| Some((start, rest.split_once('}')?)))
    else {
        return vec![path.to_string()];
    };
    names.split(',').map(|name| format!("{start}{name}{end}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaks(walk: &str) -> Vec<String> {
        let rules =
            Walks { document: "A.md".into(), section: "## Walks".into(), folders: vec!["p/src/".into(), "p/".into()] };
        let files = [File::new("A.md", walk), File::new("p/src/a/b.rs", ""), File::new("p/src/a/c.rs", "")];
        check(&files, &rules).breaks
    }

    #[test]
    fn files_of_a_walk_are_there() {
        assert!(breaks("## Walks\n`a/b.rs` → `a/{b,c}.rs` (`open`), `src/a/c.rs`\n## Other\n`d.rs`").is_empty());
        assert_eq!(breaks("## Walks\n`a/{b,d}.rs`"), ["A.md: `a/d.rs` is in none of p/src/, p/"]);
        assert_eq!(breaks("none"), ["A.md: there is no section `## Walks`"]);
    }
}
