//! Checks that files are not too long, except those with a reason.

use super::{File, Report, config::Sizes, unneeded};

/// Finds files with too many lines.
pub fn check(files: &[File], rules: &Sizes) -> Report {
    let mut breaks = Vec::new();
    let written: Vec<&File> = files.iter().filter(|file| file.is_rust() || file.is_typescript()).collect();
    let is_long = |file: &File| file.text.lines().count() > rules.most;
    for file in written.iter().filter(|file| is_long(file)) {
        if !rules.long.iter().any(|long| long.path == file.path) {
            breaks.push(format!("{}: {} lines, more than {}", file.path, file.text.lines().count(), rules.most));
        }
    }
    for long in &rules.long {
        if !written.iter().any(|file| file.path == long.path && is_long(file)) {
            breaks.push(unneeded(&long.path, &long.reason));
        }
    }
    Report { name: "sizes", count: written.len(), things: "files", breaks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_need_a_reason_and_short_ones_must_not_have_one() {
        let rules = |long: &str| toml::from_str(&format!("most = 3\nlong = [{long}]")).unwrap();
        let listed = rules("{ path = \"a.rs\", reason = \"a table\" }");
        let (long, short) = ("\n\n\n\n", "\n\n\n");
        assert_eq!(check(&[File::new("a.rs", long)], &rules("")).breaks, ["a.rs: 4 lines, more than 3"]);
        assert_eq!(check(&[File::new("a.tsx", long), File::new("b.ts", long)], &rules("")).breaks.len(), 2);
        assert!(check(&[File::new("a.rs", short), File::new("b.md", long)], &rules("")).breaks.is_empty());
        assert!(check(&[File::new("a.rs", long)], &listed).breaks.is_empty());
        assert_eq!(check(&[File::new("a.rs", short)], &listed).breaks.len(), 1);
    }
}
