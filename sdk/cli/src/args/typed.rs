//! What stands in the command line and in the environment, before it is read: what comes with a word that is copied from a page, and belongs to nobody's meaning, is
//! taken off.

use crate::carried::quoted;
use clap::{Arg, Command};
use std::ffi::OsString;

/// The words of the command line. Blanks and line ends around a word are left out, visible or not, and a minus sign before a number is the hyphen that programs read.
pub fn words(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    given.map(|word| word.to_str().map(cleaned).map_or(word, OsString::from)).collect()
}

fn cleaned(word: &str) -> String {
    let word = word.trim_matches(is_blank);
    // After the name of an option, too: --min-net=−1.5
    let (name, value) = match word.split_once('=') {
        Some((name, value)) if name.starts_with("--") => (Some(name), value.trim_matches(is_blank)),
        _ => (None, word),
    };
    let is_number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let value = match value.strip_prefix(['\u{2212}', '\u{2013}', '\u{2012}']).filter(|rest| is_number(rest)) {
        Some(rest) => format!("-{rest}"),
        None => value.to_owned(),
    };
    name.map_or_else(|| value.clone(), |name| format!("{name}={value}"))
}

/// Whether nothing is seen of a letter where it stands at the end of a word.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// The command, for which a variable of the environment that holds nothing is none: scripts empty variables that they mean to be gone. Nor does one count
/// where something is typed that excludes it.
pub fn with_variables(command: Command, typed: &[OsString]) -> Command {
    let is_empty = |arg: &Arg| {
        let value = arg.get_env().and_then(std::env::var_os);
        value.is_some_and(|value| value.to_str().is_some_and(|value| value.trim_matches(is_blank).is_empty()))
    };
    let is_typed = |other: &&Arg| {
        let Some(name) = other.get_long() else { return false };
        let is_name = |word: &str| word.split('=').next().and_then(|word| word.strip_prefix("--")) == Some(name);
        typed.iter().any(|word| word.to_str().is_some_and(is_name))
    };
    let is_excluded = |arg: &Arg| arg.get_env().is_some() && command.get_arg_conflicts_with(arg).iter().any(is_typed);
    let void: Vec<clap::Id> = command
        .get_arguments()
        .filter(|arg| is_empty(arg) || is_excluded(arg))
        .map(|arg| arg.get_id().clone())
        .collect();
    let command = command.mut_args(|arg| match void.contains(arg.get_id()) {
        true => arg.env(clap::builder::Resettable::Reset),
        false => arg,
    });
    command.mut_subcommands(|below| with_variables(below, typed))
}

/// The command line with this pool in the place of the one that was typed, if one was, as a shell reads it.
pub fn with_pool(typed: impl Iterator<Item = String>, pool: &str) -> String {
    let mut typed = typed;
    let mut line = "evergreen".to_owned();
    while let Some(word) = typed.next() {
        match word.as_str() {
            "--pool" | "-p" => drop(typed.next()),
            other if other.starts_with("--pool=") => {}
            other => line += &format!(" {}", quoted(other)),
        }
    }
    format!("{line} --pool {}", quoted(pool))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_typed_anew_with_its_pool() {
        for (typed, line) in [
            ("deposit|10|--yes", "deposit 10 --yes --pool CRCLx"),
            ("deposit|10|--pool|TSLA.M|-y", "deposit 10 -y --pool CRCLx"),
            ("-p|MINT|withdraw|max", "withdraw max --pool CRCLx"),
            ("withdraw|--pool=MINT|max", "withdraw max --pool CRCLx"),
            ("-k|a key's.json|withdraw|max", r"-k 'a key'\''s.json' withdraw max --pool CRCLx"),
        ] {
            let words = typed.split('|').map(ToOwned::to_owned);
            assert_eq!(with_pool(words, "CRCLx"), format!("evergreen {line}"));
        }
    }

    #[test]
    fn what_comes_with_a_copied_word_is_taken_off() {
        for (given, meant) in [
            ("0.1BTC\n", "0.1BTC"),
            ("  CRCLx ", "CRCLx"),
            ("\u{a0}atm\u{200b}", "atm"),
            ("\u{feff}--pool", "--pool"),
            ("\u{2212}5%", "-5%"),
            ("--strike=\u{2212}5%", "--strike=-5%"),
            ("--min-net= -1.5", "--min-net=-1.5"),
            ("\u{2013}.5", "-.5"),
            ("+0.1BTC call atm", "+0.1BTC call atm"),
            ("--set", "--set"),
            ("name=a b", "name=a b"),
            (" \t\n", ""),
            // Dashes before letters are told, and not guessed.
            ("\u{2014}pool", "\u{2014}pool"),
        ] {
            assert_eq!(words([OsString::from(given)].into_iter()), [OsString::from(meant)], "{given:?}");
        }
    }
}
