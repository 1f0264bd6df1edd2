//! Where and as whom a command works, as it was typed: the commands that a message names are told with the same options, so that they do what the message means.

use clap::{Arg, Command};
use std::sync::OnceLock;

/// The options that are carried on, by their long names: they say which network, key, pool and account is meant.
const CARRIED: [&str; 13] = [
    "config",
    "url",
    "nodes",
    "keypair",
    "market",
    "prices",
    "shard",
    "hermes",
    "hermes-token-env",
    "table",
    "owner",
    "pool",
    "account",
];
/// Commands that are about no network that was named: one that begins a network, and what only writes texts.
const ALONE: [&str; 4] = ["localnet", "help", "completions", "man"];
/// How a command begins.
const NAME: &str = "evergreen";

/// The options of this run.
static TYPED: OnceLock<TypedOptions> = OnceLock::new();

/// Options that were typed, with the commands that may take them.
#[derive(Debug)]
pub struct TypedOptions {
    commands: Command,
    options: Vec<(&'static str, String)>,
}

/// Keeps the options of this run. `words` are those of the command line, without the name of the program.
pub fn keep(commands: &Command, words: &[String]) {
    let _ = TYPED.set(TypedOptions::of(commands, words));
}

/// A text whose commands, each between backticks, are told with the options of this run. What somebody else has to type stands without backticks.
pub fn completed(text: &str) -> String {
    TYPED.get().map_or_else(|| text.to_owned(), |typed| typed.completed(text))
}

/// What is said of a command line in which a value is given that holds nothing, as a variable of a script that is not set leaves it; `None` where there is none.
pub fn void(commands: &Command, words: &[String]) -> Option<String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let found = read(commands, &words);
    if let Some(option) = found.options.iter().find(|option| option.value.is_some_and(|(_, value)| value.is_empty())) {
        let next = "leave it away, or give its value; a variable of the shell may not be set";
        return Some(format!("--{} is given and holds nothing: {next}", option.name));
    }
    let said = "one of the words of the command line holds nothing: a variable of the shell may not be set";
    words.contains(&"").then(|| said.to_owned())
}

impl TypedOptions {
    /// Of the words of a command line, which need not be right.
    pub fn of(commands: &Command, words: &[String]) -> Self {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut options: Vec<(&'static str, String)> = Vec::new();
        for found in read(commands, &words).options {
            let Some(name) = CARRIED.into_iter().find(|name| found.name == *name) else { continue };
            options.retain(|(known, _)| *known != name);
            options.extend(found.value.map(|(_, value)| (name, value.to_owned())));
        }
        Self { commands: commands.clone(), options }
    }

    fn completed(&self, text: &str) -> String {
        let parts = text.split('`').enumerate().map(|(place, part)| match part.strip_prefix("evergreen ") {
            // Between a backtick and the next one.
            Some(line) if place % 2 == 1 => self.with(line),
            _ => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("`")
    }

    /// A command with the options that it takes and does not name.
    fn with(&self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let found = read(&self.commands, &words);
        let mut line = format!("{NAME} {line}");
        if words.first().is_none_or(|first| ALONE.contains(first)) || found.path.is_empty() {
            return line;
        }
        for (name, value) in &self.options {
            if found.takes(name) && !found.options.iter().any(|one| one.name == *name) {
                line += &format!(" --{name} {}", quoted(value));
            }
        }
        line
    }

    /// An example of a command with the options that were typed in the place of its own, and without what confirms it.
    pub fn example(&self, line: &str) -> String {
        let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let told: Vec<&str> = line.split_whitespace().collect();
        for found in read(&self.commands, &told).options {
            let typed = self.options.iter().find(|(name, _)| *name == found.name);
            if let (Some((place, _)), Some((name, value))) = (found.value, typed) {
                let is_apart = place != found.place;
                words[place] = if is_apart { quoted(value) } else { format!("--{name}={}", quoted(value)) };
            }
        }
        words.retain(|word| word != "--yes" && word != "-y");
        self.with(&words.join(" "))
    }
}

/// An option in a command line.
struct Found<'a> {
    /// Its long name.
    name: &'a str,
    /// Which word it is.
    place: usize,
    /// Its value, and which word that is in.
    value: Option<(usize, &'a str)>,
}

/// What a command line names.
struct Read<'a> {
    path: Vec<&'a str>,
    options: Vec<Found<'a>>,
    arguments: Vec<&'a Arg>,
}

impl Read<'_> {
    fn takes(&self, name: &str) -> bool {
        self.arguments.iter().any(|argument| argument.get_long() == Some(name))
    }
}

/// Reads the words of a command line as far as they are commands and options.
fn read<'a>(commands: &'a Command, words: &[&'a str]) -> Read<'a> {
    let globals: Vec<&Arg> = commands.get_arguments().filter(|argument| argument.is_global_set()).collect();
    let mut at = commands;
    let (mut path, mut options) = (Vec::new(), Vec::new());
    let mut place = 0;
    while let Some(word) = words.get(place) {
        let known = || at.get_arguments().chain(globals.iter().copied());
        let (found, inside) = match word.strip_prefix("--") {
            Some("") => break,
            Some(long) => {
                let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                (known().find(|argument| argument.get_long() == Some(name)), value)
            }
            None => {
                let mut letters = word.strip_prefix('-').unwrap_or_default().chars();
                let short = letters.next();
                let rest = letters.as_str();
                let value = (!rest.is_empty()).then(|| rest.strip_prefix('=').unwrap_or(rest));
                (short.and_then(|short| known().find(|argument| argument.get_short() == Some(short))), value)
            }
        };
        match found {
            Some(argument) => {
                let takes_value = argument.get_action().takes_values();
                let value = match inside {
                    Some(value) => Some((place, value)),
                    None if takes_value => words.get(place + 1).map(|value| (place + 1, *value)),
                    None => None,
                };
                options.extend(argument.get_long().map(|name| Found { name, place, value }));
                place = value.map_or(place, |(place, _)| place);
            }
            None => {
                if let Some(next) = at.find_subcommand(word) {
                    path.push(next.get_name());
                    at = next;
                }
            }
        }
        place += 1;
    }
    Read { path, options, arguments: at.get_arguments().chain(globals).collect() }
}

/// A word as a shell reads it.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=+.,:/@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::CommandFactory;

    fn carried(line: &str) -> TypedOptions {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        TypedOptions::of(&Cli::command(), &words)
    }

    #[test]
    fn commands_of_a_message_work_where_the_typed_one_does() {
        for (typed, told, meant) in [
            ("positions -k bob.json", "see `evergreen positions`", "see `evergreen positions --keypair bob.json`"),
            (
                "--keypair bob.json -u localhost withdraw 5 --pool CRCLx --account=3 --yes",
                "`evergreen withdraw max` leaves a day behind; `evergreen doctor` looks",
                "`evergreen withdraw max --keypair bob.json --url localhost --pool CRCLx --account 3` leaves a day behind; \
                 `evergreen doctor --keypair bob.json --url localhost --pool CRCLx` looks",
            ),
            // What a message names itself stays.
            ("close -p CRCLx --all", "`evergreen deposit 5 --pool TSLA.M`", "`evergreen deposit 5 --pool TSLA.M`"),
            ("close -p CRCLx --all", "`evergreen deposit 5 -p TSLA.M`", "`evergreen deposit 5 -p TSLA.M`"),
            // A command takes what it knows.
            ("pool show --pool CRCLx", "`evergreen pool list` shows all", "`evergreen pool list` shows all"),
            ("pool show -u http://127.0.0.1:1", "`evergreen localnet` starts one", "`evergreen localnet` starts one"),
            ("deposit -u localhost 5", "`evergreen help deposit` tells all", "`evergreen help deposit` tells all"),
            // Somebody else types it, and it is no command.
            ("close -k bob.json", "its owner pays in: evergreen deposit", "its owner pays in: evergreen deposit"),
            ("close -k bob.json", "of `evergreen` no key", "of `evergreen` no key"),
            // The last one counts; a blank in a name is quoted.
            ("lp show -k a.json -k", "`evergreen lp show`", "`evergreen lp show`"),
            ("fill -ka.json", "`evergreen fill`", "`evergreen fill --keypair a.json`"),
        ] {
            assert_eq!(carried(typed).completed(told), meant, "{typed}");
        }
        let spaced = TypedOptions::of(&Cli::command(), &["fill".into(), "-k".into(), "my key.json".into()]);
        assert_eq!(spaced.completed("`evergreen fill`"), "`evergreen fill --keypair 'my key.json'`");
        assert_eq!(spaced.completed(&spaced.completed("`evergreen fill`")), "`evergreen fill --keypair 'my key.json'`");
    }

    #[test]
    fn a_value_that_holds_nothing_is_named() {
        for (typed, named) in [
            ("deposit|5|--pool|", Some("--pool is given")),
            ("deposit|5|--pool=", Some("--pool is given")),
            ("deposit|5|-p|", Some("--pool is given")),
            ("-k||deposit|5", Some("--keypair is given")),
            ("trade|buy|--strike|", Some("--strike is given")),
            ("deposit||--pool|TSLA.M", Some("one of the words")),
            ("deposit|5|--pool|TSLA.M", None),
        ] {
            let words: Vec<String> = typed.split('|').map(str::to_owned).collect();
            let said = void(&Cli::command(), &words);
            assert_eq!(said.is_some(), named.is_some(), "{typed}");
            assert!(said.unwrap_or_default().starts_with(named.unwrap_or_default()), "{typed}");
        }
    }

    #[test]
    fn an_example_is_of_the_pool_and_key_that_were_typed_and_confirms_nothing() {
        let example = "deposit 10 --pool TSLA.M --keypair alice.json --yes";
        for (typed, meant) in [
            ("deposit", "evergreen deposit 10 --pool TSLA.M --keypair alice.json"),
            ("deposit x -p CRCLx", "evergreen deposit 10 --pool CRCLx --keypair alice.json"),
            ("deposit -k bob.json --account 2", "evergreen deposit 10 --pool TSLA.M --keypair bob.json --account 2"),
        ] {
            assert_eq!(carried(typed).example(example), meant, "{typed}");
        }
    }
}
