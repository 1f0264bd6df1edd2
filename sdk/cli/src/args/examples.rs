//! An example in the help of every command: the first line of a document that runs it. Tests play those documents, so that examples work.

use clap::Command;

/// The documents, in the order in which examples are looked for.
const DOCUMENTS: [&str; 5] = [
    include_str!("../../../../docs/cli.md"),
    include_str!("../../../../docs/trader.md"),
    include_str!("../../../../docs/operator.md"),
    include_str!("../../../../docs/keeper.md"),
    include_str!("../../../../docs/curator.md"),
];

/// The command and all below it, each with an example.
pub fn with_examples(command: Command) -> Command {
    below(command, "", &lines())
}

/// The commands of the documents.
fn lines() -> Vec<&'static str> {
    let all = DOCUMENTS.iter().flat_map(|text| text.lines());
    all.filter_map(|line| line.trim().strip_prefix("evergreen ")).collect()
}

/// The first of these lines that is of a command, without what explains it to readers of the document.
fn first<'a>(lines: &[&'a str], path: &str) -> Option<&'a str> {
    let begins = |line: &&&str| **line == path || line.strip_prefix(path).is_some_and(|rest| rest.starts_with(' '));
    let example = lines.iter().find(begins)?;
    Some(example.split_once(" #").map_or(*example, |(example, _)| example).trim_end())
}

/// The command that a command line names, as far as there is such a one, and an example of it where it has no further ones below it.
pub fn of_line(command: &Command, arguments: impl Iterator<Item = String>) -> (String, Option<String>) {
    let (mut at, mut path) = (command, Vec::new());
    for argument in arguments {
        if let Some(next) = at.find_subcommand(&argument) {
            path.push(next.get_name().to_owned());
            at = next;
        }
    }
    let path = path.join(" ");
    let example = (!path.is_empty() && !at.has_subcommands()).then(|| first(&lines(), &path)).flatten();
    let example = example.map(|example| format!("evergreen {example}"));
    (path, example)
}

fn below(mut command: Command, path: &str, lines: &[&str]) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    if names.is_empty()
        && command.get_after_help().is_none()
        && let Some(example) = first(lines, path)
    {
        command = command.after_help(format!("For instance: evergreen {example}"));
    }
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        command = command.mut_subcommand(name, |one| below(one, &path, lines));
    }
    command
}
