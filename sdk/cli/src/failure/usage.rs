//! What is said of a command line that cannot be read: what is wrong, and how it is written.

use super::{Exit, Report, negative};
use clap::error::{ContextKind, ContextValue, ErrorKind};

impl Report {
    /// Makes the report of a command line that cannot be read: with the command that it names, and an example of it if there is one.
    pub fn of_usage(error: &clap::Error, command: &str, example: Option<String>) -> Self {
        let text = error.to_string();
        let mut parts = text.split("\n\n").map(in_one_line);
        let first = parts.next().unwrap_or_default();
        let words = negative(error).unwrap_or_else(|| plain(first.trim_start_matches("error: ")));
        let tips = parts.filter_map(|part| part.strip_prefix("tip: ").map(str::to_owned));
        let mut next: Vec<String> = tips.collect();
        if is_nameless(error) {
            next.push("values have a name in front here".into());
        }
        next.extend(example.map(|example| format!("for instance: {example}")));
        let help =
            if command.is_empty() { "`evergreen help`".to_owned() } else { format!("`evergreen help {command}`") };
        next.push(format!("{help} tells all"));
        let next = Some(next.join("; "));
        Self { error: words, cause: None, next, fits: None, receipt: None, exit_code: Exit::Usage.code() }
    }
}

fn in_one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Whether a word stands where none is taken, most often the value of an option whose name is missing.
fn is_nameless(error: &clap::Error) -> bool {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else { return false };
    error.kind() == ErrorKind::UnknownArgument && !word.starts_with('-')
}

/// A range of numbers as people say it: clap writes `1..18446744073709551615`.
fn plain(text: &str) -> String {
    const IN: &str = " is not in ";
    let Some((before, range)) = text.split_once(IN) else { return text.to_owned() };
    let Some((least, most)) = range.split_once("..") else { return text.to_owned() };
    let least = least.trim();
    // A range without `=` ends before its last number.
    let most = match most.strip_prefix('=') {
        Some(most) => most.trim().parse::<i128>(),
        None => most.trim().parse::<i128>().map(|most| most - 1),
    };
    match most {
        Ok(most) if most < i128::from(u32::MAX) => format!("{before}: it has to be from {least} to {most}"),
        _ => format!("{before}: it has to be {least} or more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, examples};
    use clap::{CommandFactory, Parser};

    fn said(line: &str) -> Report {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let error = Cli::try_parse_from(std::iter::once("evergreen".to_owned()).chain(words.clone())).err();
        let (command, example) = examples::of_line(&Cli::command(), words.into_iter());
        Report::of_usage(&error.unwrap_or_else(|| panic!("{line} is right")), &command, example)
    }

    #[test]
    fn a_wrong_line_says_how_it_is_written() {
        for (line, error, next) in [
            (
                "chain",
                "required arguments were not provided: --pool <POOL> --underlying",
                "for instance: evergreen chain --pool TSLA.M",
            ),
            (
                "chain CRCLx BTC",
                "unexpected argument 'CRCLx' found",
                "values have a name in front here; for instance: evergreen chain",
            ),
            ("history --pool X --limit 0", "'--limit <LIMIT>': 0: it has to be 1 or more", "evergreen history --pool"),
            (
                "deposit 1 --pool X --account 70000",
                "70000: it has to be from 0 to 65535",
                "`evergreen help deposit` tells all",
            ),
            ("chain --pool X -U BTC --strikes 0", "0: it has to be from 1 to 100", "evergreen chain"),
            (
                "completions tcsh",
                "[possible values: bash",
                "a similar value exists: 'zsh'; for instance: evergreen completions",
            ),
            ("orders plce", "unrecognized subcommand 'plce'", "'place'"),
            ("portfolio --days 0", "0: it has to be from 1 to 3650", "evergreen portfolio"),
            ("account delegate --pool X", "required arguments were not provided: <KEY>", "evergreen account delegate"),
        ] {
            let report = said(line);
            assert!(report.error.contains(error), "{line}: {}", report.text());
            assert!(report.next.as_ref().is_some_and(|said| said.contains(next)), "{line}: {}", report.text());
            // Neither clap's usage, which names options that the environment gives, nor numbers of the machine.
            assert!(!report.text().contains("Usage:") && !report.text().contains("18446744073709551615"), "{line}");
        }
    }
}
