//! How long the command takes for what people wait for, on the local network, written into `tests/times.json`:
//!
//! `EVERGREEN_WRITE_TIMES=1 cargo test -p evergreen-cli --test command times -- --ignored --nocapture` (`--release` for the figures of an optimised command).
//!
//! `wall_ms` has the local network's time in it, and whatever else the machine did; `own_ms` is the processor time of the command alone.

use crate::market::Market;
use evergreen_localnet::packed;
use evergreen_sdk::{address, instruction as build};
use evergreen_test_support::documents::COMMAND;
use serde_json::{Map, Value, json};
use solana_signer::Signer;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Movements of the account whose portfolio is read.
const EVENTS: u64 = 10_000;
/// Movements of a transaction. With more of them the network cuts their log off.
const OF_ONE: usize = 8;
/// Each command is run so often; the median counts.
const RUNS: usize = 5;
/// The command's own time for a portfolio of so many events, optimised or not.
const MOST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });

fn path() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../tests/times.json"].iter().collect()
}

/// Median of wall time and of processor time of a command, milliseconds.
fn timed(market: &Market, line: &str) -> (u64, u64) {
    let (mut walls, mut owns) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let command = market.command("tim", line);
        let mut shell = Command::new("bash");
        shell
            .arg("-c")
            .arg("\"$@\" > /dev/null && times")
            .arg("bash")
            .arg(command.get_program())
            .args(command.get_args());
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(market.folder()).stdin(Stdio::null());
        let started = Instant::now();
        let output = crate::market::within(shell);
        walls.push(started.elapsed().as_millis() as u64);
        assert!(output.status.success(), "{line}: {}", crate::market::text(&output));
        // The second line of `times` is of the shell's children: user and system time, as 0m0.123s.
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let of_children = said.lines().nth(1).unwrap_or_else(|| panic!("times of {line}: {said}"));
        let seconds = |word: &str| -> f64 {
            let (minutes, rest) = word.split_once('m').expect("minutes");
            minutes.parse::<f64>().expect("minutes") * 60.0
                + rest.trim_end_matches('s').parse::<f64>().expect("seconds")
        };
        owns.push((of_children.split_whitespace().map(seconds).sum::<f64>() * 1_000.0).round() as u64);
    }
    for times in [&mut walls, &mut owns] {
        times.sort_unstable();
    }
    (walls[RUNS / 2], owns[RUNS / 2])
}

/// The document tells the times of the file.
#[test]
fn the_document_tells_the_times_of_the_file() {
    let all: Value = serde_json::from_str(&fs::read_to_string(path()).expect("a file")).expect("JSON");
    let build = &all["without optimisation"];
    let seconds = |name: &str, what: &str| {
        let milliseconds = build["times"][name][what].as_u64().unwrap_or_else(|| panic!("{name}: {what}"));
        format!("{:.1}", milliseconds as f64 / 1_000.0)
    };
    let load = build["load"].as_str().and_then(|load| load.parse::<f64>().ok()).expect("a load");
    let [quote, trade, chain, start] = ["quote", "trade", "chain", "startup"].map(|name| seconds(name, "wall_ms"));
    let portfolio = ["own_ms", "wall_ms"].map(|what| seconds("portfolio, 10,000 events", what));
    let said = COMMAND.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        format!("without optimisation {} seconds of its own and {} in all", portfolio[0], portfolio[1]),
        format!("a quote {quote}, a trade {trade}, the chain {chain} and the start of the market {start} "),
        format!("a machine at a load of {load:.0}"),
    ] {
        assert!(said.contains(&words), "docs/cli.md does not say `{words}`");
    }
}

#[test]
#[ignore = "it measures, and takes minutes"]
fn times() {
    let started = Instant::now();
    let market = Market::start(&["--hurry"]);
    let startup = started.elapsed().as_millis() as u64;
    let key = market.newcomer("tim", 1_000);
    let option = "--pool TSLA.M --underlying BTC --call --strike 100000 --size 0.01BTC";
    market.json("tim", &format!("trade buy {option} --deposit 50 --yes"));
    let mut found = Map::new();
    found.insert("startup".into(), json!({ "wall_ms": startup }));
    let mut note = |name: &str, (wall, own): (u64, u64)| {
        println!("{name}: {wall} ms, of it {own} ms of its own");
        found.insert(name.into(), json!({ "wall_ms": wall, "own_ms": own }));
    };
    note("quote", timed(&market, &format!("quote buy {option}")));
    note("trade", timed(&market, &format!("trade buy {option} --yes")));
    note("chain", timed(&market, "chain --pool TSLA.M --underlying BTC"));
    note("portfolio, a few events", timed(&market, "portfolio --pool TSLA.M"));

    // Deposits of different amounts, so that no two transactions are the same.
    let mint = market.mint("TSLA.M");
    let keys = evergreen_sdk::instruction::PoolKeys::new(mint, anchor_spl::token::ID);
    let account = address::margin_account(&keys.pool, &key.pubkey(), 0);
    let deposit = |amount: u64| build::deposit_margin(key.pubkey(), &keys, account, amount);
    let chain = evergreen_localnet::Client::new(market.ready["rpc_url"].as_str().expect("a URL"), key.insecure_clone());
    let amounts: Vec<u64> = (1..=EVENTS).collect();
    let transactions = amounts
        .chunks(OF_ONE)
        .flat_map(|some| packed(&key.pubkey(), [some.iter().map(|amount| deposit(*amount)).collect::<Vec<_>>()]));
    let transactions: Vec<_> = transactions.collect();
    for some in transactions.chunks(50) {
        chain.send_batch(&key, some, &[]).expect("deposits");
    }
    let (wall, own) = timed(&market, "portfolio --pool TSLA.M");
    note("portfolio, 10,000 events", (wall, own));
    let report = market.json("tim", "portfolio --pool TSLA.M");
    let account = &report["accounts"][0];
    assert!(account["incomplete"].is_null() && account["sums"].is_object(), "{account}");
    assert!(account["transactions"].as_u64() >= Some(EVENTS / OF_ONE as u64), "{account}");
    note("history --csv, 10,000 events", timed(&market, "history --pool TSLA.M --csv"));
    market.end_politely();
    assert!(Duration::from_millis(own) < MOST, "{own} ms of its own for {EVENTS} events");

    let build = if cfg!(debug_assertions) { "without optimisation" } else { "optimised" };
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("?").to_owned();
    if std::env::var_os("EVERGREEN_WRITE_TIMES").is_some() {
        let mut all: Value =
            fs::read_to_string(path()).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(json!({}));
        all[build] = json!({ "load": load, "median_of": RUNS, "times": found });
        let text = serde_json::to_string_pretty(&all).expect("JSON") + "\n";
        fs::write(path(), text).expect("the file is written");
    }
}
