//! Which command it is: what makes two command lines the same one.

use clap::{ArgMatches, Command};

/// The command with all arguments that say what is to be done, in one order: those given, and the defaults of others. Options of
/// every command say how, and are no part of it; nor is anything that the network answers.
pub fn of(command: &Command, matches: &ArgMatches) -> String {
    let (mut words, mut command, mut matches) = (Vec::new(), command, matches);
    loop {
        let mut arguments: Vec<String> = command
            .get_arguments()
            .filter(|argument| !argument.is_global_set())
            .filter_map(|argument| {
                let values = matches.try_get_raw(argument.get_id().as_str()).ok()??;
                let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
                Some(format!("{}={}", argument.get_id(), values.join(",")))
            })
            .collect();
        arguments.sort_unstable();
        words.extend(arguments);
        let Some((name, inner)) = matches.subcommand() else { break };
        let Some(next) = command.find_subcommand(name) else { break };
        words.push(name.to_owned());
        (command, matches) = (next, inner);
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::CommandFactory;

    fn identity(line: &str) -> String {
        let mut command = Cli::command();
        let matches = command.try_get_matches_from_mut(line.split(' ')).expect(line);
        of(&command, &matches)
    }

    const BUY: &str = "evergreen trade buy --pool TSLA.M --underlying BTC --call --strike atm --size 0.1BTC";

    #[test]
    fn the_same_command_is_known_however_it_is_written() {
        let same = [
            "evergreen trade buy --size 0.1BTC --strike atm --call --underlying BTC --pool TSLA.M",
            "evergreen --json trade buy -p TSLA.M --underlying BTC --call --strike=atm --size 0.1BTC --yes",
            "evergreen trade buy --pool TSLA.M --account 0 --underlying BTC --call --strike atm --size 0.1BTC --stock-price 301",
        ];
        for line in same {
            assert_eq!(identity(line), identity(BUY), "{line}");
        }
    }

    #[test]
    fn another_command_is_another() {
        let others = [
            BUY.replace("--pool TSLA.M", "--pool CRCLx"),
            format!("{BUY} --account 55"),
            format!("{BUY} --slippage 1bps"),
            format!("{BUY} --min-net=-5"),
            BUY.replace("buy", "sell"),
            BUY.replace("--call", "--put"),
            "evergreen orders place buy --pool TSLA.M --underlying BTC --call --strike atm --size 0.1BTC --at-or-above 120000".into(),
        ];
        let mut seen: Vec<String> = others.iter().map(|line| identity(line)).collect();
        seen.push(identity(BUY));
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all, "{seen:#?}");
    }
}
