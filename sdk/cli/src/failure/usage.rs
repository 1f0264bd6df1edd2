//! What is said of a command line that cannot be read: what is wrong, and how it is written.

use super::{Exit, Report, meant};
use crate::names;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What a command line names, as far as it can be read.
#[derive(Debug, Default)]
pub struct Line {
    /// The command, without `evergreen`.
    pub command: String,
    /// A line that works, where it has no further commands below it.
    pub example: Option<String>,
    /// The commands below it.
    pub below: Vec<String>,
    /// The values that stand in it without a name in front.
    pub nameless: Vec<String>,
    /// The names of its options.
    pub options: Vec<String>,
    /// Whether a variable of the environment can name its pool.
    pub has_default_pool: bool,
}

impl Report {
    /// Makes the report of a command line that cannot be read: with the command that it names, and an example of it if there is one. `words` are the words of
    /// the command line.
    pub fn of_usage(error: &clap::Error, line: &Line, words: &[String]) -> Self {
        let text = error.to_string();
        let mut parts = text.split("\n\n").map(in_one_line);
        let first = parts.next().unwrap_or_default();
        let said = negative(error, words).unwrap_or_else(|| plain(first.trim_start_matches("error: ")));
        let next: Vec<String> = match meaning(error, line) {
            Some(meaning) => vec![meaning],
            // How a value is written that looks like an option is no help to whoever has written a negative number.
            None => parts
                .filter_map(|part| Some(part.strip_prefix("tip: ")?.to_owned()))
                .filter(|tip| !tip.contains("'-- "))
                .collect(),
        };
        let example = line.example.iter().map(|example| format!("for instance: {example}"));
        let help = match line.command.as_str() {
            "" => "`evergreen help` tells all".to_owned(),
            command => format!("`evergreen help {command}` tells all"),
        };
        let next: Vec<String> = next.into_iter().chain(example).chain([help]).collect();
        let exit_code = Exit::Usage.code();
        Self {
            error: names::told(&said),
            cause: None,
            next: Some(names::told(&next.join("; "))),
            fits: None,
            receipt: None,
            exit_code,
        }
    }
}

/// What is meant by what cannot be read, and how that is written here.
fn meaning(error: &clap::Error, line: &Line) -> Option<String> {
    let named = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = named(ContextKind::InvalidSubcommand)?;
            let is_known = error.get(ContextKind::SuggestedSubcommand).is_some();
            meant::command(&line.command, word).or_else(|| (!is_known).then(|| below(line)).flatten())
        }
        ErrorKind::UnknownArgument => {
            let word = named(ContextKind::InvalidArg)?;
            if word.starts_with(['\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}']) {
                return Some("an option begins with two hyphens, not with a long dash".into());
            }
            if !word.starts_with('-') {
                return Some(match &line.nameless[..] {
                    [] if meant::value(&line.options, word).is_some() => {
                        format!("values have a name in front here: {}", meant::value(&line.options, word)?)
                    }
                    [] => "values have a name in front here".into(),
                    names => format!("without a name in front stands {} alone", names.join(", ")),
                });
            }
            // Options belong behind the command that takes them.
            meant::option(&line.command, word).map(str::to_owned).or_else(|| below(line))
        }
        ErrorKind::MissingRequiredArgument => {
            let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else { return None };
            let is_pool = line.has_default_pool && missing.iter().any(|name| name.starts_with("--pool "));
            is_pool.then(|| "`export EVERGREEN_POOL=NAME` names the pool of all commands".into())
        }
        _ => None,
    }
}

/// The commands below the one that is named; of the command itself there are too many.
fn below(line: &Line) -> Option<String> {
    (!line.command.is_empty() && !line.below.is_empty())
        .then(|| format!("one of these has to follow: {}", line.below.join(", ")))
}

/// What is said of a negative number where none is taken; clap would take it for an option.
fn negative(error: &clap::Error, words: &[String]) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    // Clap names the first letters only.
    let Some(ContextValue::String(named)) = error.get(ContextKind::InvalidArg) else { return None };
    let is_number = |text: &str| {
        text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
    };
    if !is_number(named) {
        return None;
    }
    let given = words.iter().find(|word| is_number(word) && word.starts_with(named.as_str())).unwrap_or(named);
    // Only where money or options go one way or the other something else may be meant.
    let trades = ["trade", "quote", "orders", "deposit", "withdraw", "close", "lp"].map(str::to_owned);
    let meant = if words.first().is_some_and(|first| trades.contains(first)) {
        ": sizes and amounts are above 0. `trade sell` sells and writes, `withdraw` takes out; the least change of cash is --min-net=-1.5"
    } else {
        ""
    };
    Some(format!("`{given}` is negative, and no number here can be{meant}"))
}

fn in_one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// What clap and the readers of numbers say, as people say it: clap writes `1..18446744073709551615`, and what is a digit knows the machine.
fn plain(text: &str) -> String {
    let text = alternatives(text);
    for (end, words) in [
        ("invalid digit found in string", "a whole number is expected, for instance 6"),
        ("cannot parse integer from empty string", "nothing is given, and a whole number is expected"),
        ("number too large to fit in target type", "the number is too large"),
        ("number too small to fit in target type", "the number is too small"),
        ("invalid socket address syntax", "an address with a port is expected, for instance 127.0.0.1:9187"),
    ] {
        if let Some(before) = text.strip_suffix(end) {
            return format!("{before}{words}");
        }
    }
    ranged(&text)
}

/// What has to be given one way or another: clap writes `<--call|--put>`.
fn alternatives(text: &str) -> String {
    let Some((before, choice)) = text.split_once("<--") else { return text.to_owned() };
    // Values have brackets of their own.
    let mut open = 1;
    let end = choice.char_indices().find_map(|(place, c)| {
        open += match c {
            '<' => 1,
            '>' => -1,
            _ => 0,
        };
        (open == 0).then_some(place)
    });
    let Some(end) = end else { return text.to_owned() };
    format!("{before}--{}{}", choice[..end].replace('|', " or "), alternatives(&choice[end + 1..]))
}

/// A range of numbers as people say it.
fn ranged(text: &str) -> String {
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
    use crate::args::Cli;
    use clap::{CommandFactory, Parser};

    fn said(line: &str) -> Report {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let error = Cli::try_parse_from(std::iter::once("evergreen").chain(words.iter().map(String::as_str))).err();
        let named = Line::of(&Cli::command(), &words);
        Report::of_usage(&error.unwrap_or_else(|| panic!("{line} is right")), &named, &words)
    }

    #[test]
    fn a_wrong_line_says_how_it_is_written() {
        for (line, error, next) in [
            (
                "chain",
                "required arguments were not provided: --pool <POOL> --underlying",
                "names the pool of all commands; for instance: evergreen chain --pool TSLA.M",
            ),
            (
                "chain CRCLx BTC",
                "unexpected argument 'CRCLx' found",
                "values have a name in front here: --pool CRCLx; for instance: evergreen chain",
            ),
            ("chain --pool X BTC", "unexpected argument 'BTC' found", "in front here: --underlying BTC;"),
            ("close 0:1 --pool X", "unexpected argument '0:1' found", "in front here: --series 0:1;"),
            ("close all --pool X", "unexpected argument 'all' found", "in front here: --all;"),
            ("trade buy 0.1BTC call", "unexpected argument '0.1BTC' found", "in front here: --size 0.1BTC;"),
            ("trade buy 100000", "unexpected argument '100000' found", "in front here: --strike 100000;"),
            ("trade buy call", "unexpected argument 'call' found", "in front here: --call;"),
            ("trade exercise", "unrecognized subcommand 'exercise'", "nothing is to be done"),
            ("positions --account 1", "'--account'", "tells all accounts"),
            ("history --pool X --last 5", "'--last'", "--limit"),
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
            ("quote buy --pool X -U BTC --size 1", "were not provided: --call or --put", "evergreen quote buy"),
            ("close --pool X", "--series <SERIES>... or --underlying <UNDERLYING> or --all", "evergreen close"),
            ("orders cancel all --pool X", "'<NUMBER>': a whole number is expected", "evergreen orders cancel"),
            ("history --pool X --limit abc", "'--limit <LIMIT>': a whole number is expected", "evergreen history"),
            ("keeper run --metrics 127.0.0.1", "an address with a port is expected", "evergreen keeper run"),
            ("deposit -5 --pool X", "`-5` is negative", "for instance: evergreen deposit 5"),
            ("deposit CRCLx 5", "unexpected argument '5'", "without a name in front stands AMOUNT alone"),
            ("deposit 5 \u{2014}pool X", "unexpected argument '\\u{2014}pool'", "two hyphens"),
            ("buy", "unrecognized subcommand 'buy'", "`evergreen trade buy` trades"),
            ("quote call", "unrecognized subcommand 'call'", "`buy … --call`"),
            ("quote --pool X", "unexpected argument '--pool'", "has to follow: buy, sell, straddle"),
            ("localnet clock stop", "unrecognized subcommand 'stop'", "has to follow: show, pause, resume"),
            ("orders place sell --pool X -U BTC --call --size 1 --stop 95000", "'--stop'", "--at-or-below"),
            ("close --pool X --series 0:1 --percent 50", "'--percent'", "is --size: 0.1BTC, 50% or half"),
            ("chain --pool X -U BTC --wallet me", "'--wallet'", "--keypair FILE"),
            ("orders plce", "unrecognized subcommand 'plce'", "'place'"),
            ("portfolio --days 0", "0: it has to be from 1 to 3650", "evergreen portfolio"),
            ("account delegate --pool X", "required arguments were not provided: <KEY>", "evergreen account delegate"),
        ] {
            let report = said(line);
            assert!(report.error.contains(error), "{line}: {}", report.text());
            assert!(report.next.as_ref().is_some_and(|said| said.contains(next)), "{line}: {}", report.text());
            // Neither clap's usage, which names options that the environment gives, nor numbers of the machine.
            assert!(!report.text().contains("use '-- ") && report.text().lines().count() == 2, "{}", report.text());
            assert!(!report.text().contains("Usage:") && !report.text().contains("18446744073709551615"), "{line}");
        }
    }
}
