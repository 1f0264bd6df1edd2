//! Options that others list while a question stands.

use crate::market::Market;
use evergreen_sdk::{
    address,
    evergreen::state::{MarginAccount, OptionId, SeriesRegistry, SeriesStatus},
    math::option::OptionKind,
};
use solana_signer::Signer;
use std::{
    ffi::OsStr,
    io::{Read, Write},
    process::{Command, Stdio},
};

/// A word as a shell takes it.
fn quoted(word: &OsStr) -> String {
    format!("'{}'", word.to_str().expect("UTF-8").replace('\'', "'\\''"))
}

/// Runs a command at a terminal; at its question somebody else does something, and then it is answered with yes. Returns whether it succeeded, and all that it said.
fn answered(command: &Command, meanwhile: impl FnOnce()) -> (bool, String) {
    let line: Vec<String> = std::iter::once(command.get_program()).chain(command.get_args()).map(quoted).collect();
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--return", "--flush", "--command", &line.join(" "), "/dev/null"]);
    terminal.current_dir(command.get_current_dir().expect("a folder")).env("SHELL", "/bin/sh");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    let mut process = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a terminal");
    let (mut keys, mut screen) = (process.stdin.take().expect("keys"), process.stdout.take().expect("a screen"));
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !said.ends_with(b"[y/N] ") {
        assert_eq!(screen.read(&mut byte).expect("a byte"), 1, "{}", String::from_utf8_lossy(&said));
        said.push(byte[0]);
    }
    meanwhile();
    keys.write_all(b"y\n").expect("an answer");
    screen.read_to_end(&mut said).expect("the rest");
    let status = process.wait().expect("it ends");
    (status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// The option that is confirmed is the one that is bought, also where another one has taken the slot that was free, or somebody has listed the same one.
pub fn others_list_while_it_asks(market: &Market) {
    let nina = market.newcomer("nina", 100).pubkey();
    market.json("nina", "deposit 90 --pool TSLA.M --yes");
    let pool = address::pool(&market.mint("TSLA.M"));
    let registry = || market.find::<SeriesRegistry>(&address::registry(&pool)).expect("a registry");
    let held = || -> Vec<OptionId> {
        let account = market.find::<MarginAccount>(&address::margin_account(&pool, &nina, 0)).expect("an account");
        let used = account.positions.iter().filter(|position| position.points != 0);
        used.map(|position| registry().option(position.series()).expect("a series")).collect()
    };
    let listed = |strike: u64, put: bool| {
        let listed = registry();
        let live = listed.series.iter().filter(|series| series.status() == SeriesStatus::Live);
        live.filter(|series| {
            let kind = series.kind() == OptionKind::Put;
            (series.strike, series.tenor, kind) == (strike, 30 * 86_400, put)
        })
        .count()
    };
    for (strike, others) in [(117_000, "--put --strike 83000"), (118_000, "--call --strike 118000")] {
        assert_eq!(listed(strike, false), 0, "nobody has listed it yet");
        let buy =
            format!("trade buy --pool TSLA.M --underlying BTC --call --strike {strike} --tenor 30d --size 0.01BTC");
        let (succeeded, said) = answered(&market.command("nina", &buy), || {
            market.json("lena", &format!("series add --pool TSLA.M --underlying BTC {others} --tenor 30d --yes"));
        });
        assert!(succeeded, "{said}");
        assert_eq!(listed(strike, false), 1, "{said}");
        let bought = *held().last().expect("a position");
        assert_eq!((bought.put, bought.strike, bought.tenor), (false, strike, 30 * 86_400), "{said}");
    }
    assert_eq!((held().len(), listed(83_000, true)), (2, 1));
}
