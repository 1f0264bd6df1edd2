//! An example in the help of every command and group of commands: the first line of a document that runs it. Tests play those documents, so that examples work.

use crate::carried::TypedOptions;
use crate::failure::Line;
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

impl Line {
    /// Of the words of a command line, without the name of the program.
    pub fn of(root: &Command, words: &[String]) -> Self {
        let (mut at, mut path) = (root, Vec::new());
        for word in words {
            if let Some(next) = at.find_subcommand(word) {
                path.push(next.get_name().to_owned());
                at = next;
            }
        }
        let command = path.join(" ");
        let is_last = !command.is_empty() && !at.has_subcommands();
        let example = is_last.then(|| first(&lines(), &command)).flatten();
        let example = example.map(|line| TypedOptions::of(root, words).example(line));
        let shown = at.get_subcommands().filter(|one| !one.is_hide_set() && one.get_name() != "help");
        let below = shown.map(|one| one.get_name().to_owned()).collect();
        let nameless = at.get_positionals().map(|value| {
            let names = value.get_value_names().and_then(|names| names.first());
            names.map_or_else(|| value.get_id().as_str().to_uppercase(), ToString::to_string)
        });
        let options = at.get_arguments().filter_map(|argument| Some(argument.get_long()?.to_owned())).collect();
        let is_pool = |argument: &clap::Arg| argument.get_long() == Some("pool") && argument.get_env().is_some();
        let has_default_pool = at.get_arguments().any(is_pool);
        Self { nameless: nameless.collect(), command, example, below, options, has_default_pool }
    }
}

fn below(mut command: Command, path: &str, lines: &[&str]) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    if !path.is_empty()
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
