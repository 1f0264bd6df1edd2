//! Checks the subjects of commits.

use anyhow::Result;

use super::{Report, config::Commits};
use crate::{
    command::{command, output},
    paths,
};

/// Finds subjects of commits that are too long or name no area.
pub fn check(rules: &Commits) -> Result<Report> {
    let mut git = command("git");
    git.args(["log", "--no-merges", "--format=%h %s", "--since", &rules.since]).current_dir(paths::root());
    let listed = output(&mut git)?;
    Ok(Report {
        name: "commits",
        count: listed.lines().count(),
        things: "subjects",
        breaks: breaks(&listed, rules.most),
    })
}

fn breaks(listed: &str, most: usize) -> Vec<String> {
    let subjects = listed.lines().filter_map(|line| line.split_once(' '));
    let bad = subjects.filter_map(|(hash, subject)| {
        let length = subject.chars().count();
        let has_area = subject.split_once(": ").is_some_and(|(area, work)| !area.is_empty() && !work.is_empty());
        match has_area {
            true if length <= most => None,
            true => Some(format!("{hash}: the subject has {length} characters, more than {most}: {subject}")),
            false => Some(format!("{hash}: invalid subject `{subject}`: expected `area: what it does`")),
        }
    });
    bad.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_short_and_name_an_area() {
        assert!(breaks("1a docs: what is there\n2b cli: x", 20).is_empty());
        assert_eq!(breaks("1a docs: what is there now", 20).len(), 1);
        assert_eq!(breaks("1a what", 20), ["1a: invalid subject `what`: expected `area: what it does`"]);
    }
}
