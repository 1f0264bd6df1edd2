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
    let lines: Vec<&str> = DOCUMENTS
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| line.trim().strip_prefix("evergreen "))
        .collect();
    below(command, "", &lines)
}

fn below(mut command: Command, path: &str, lines: &[&str]) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    if names.is_empty() && command.get_after_help().is_none() {
        let begins = |line: &&&str| **line == path || line.strip_prefix(path).is_some_and(|rest| rest.starts_with(' '));
        if let Some(example) = lines.iter().find(begins) {
            // What stands behind the command explains it to readers of the document.
            let example = example.split_once(" #").map_or(*example, |(example, _)| example).trim_end();
            command = command.after_help(format!("For instance: evergreen {example}"));
        }
    }
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        command = command.mut_subcommand(name, |one| below(one, &path, lines));
    }
    command
}
