//! Networks that fail when money is under way, commands that run at once, and repetition of what is done.

use crate::market::{Market, TOKEN, text, within};
use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, evergreen::state::MarginAccount};
use evergreen_test_network::Faulty;
use serde_json::Value;
use solana_signer::Signer;
use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};

const CALL: &str = "--pool TSLA.M --underlying BTC --call --strike 100000";

fn trader(market: &Market, name: &str) -> Pubkey {
    let key = market.newcomer(name, 200).pubkey();
    market.json(name, "account open --pool TSLA.M --yes");
    market.json(name, "deposit 100 --pool TSLA.M --yes");
    address::margin_account(&address::pool(&market.mint("TSLA.M")), &key, 0)
}

fn state(market: &Market, account: &Pubkey) -> Box<MarginAccount> {
    market.find(account).expect("an account")
}

fn points(market: &Market, account: &Pubkey) -> i64 {
    let state = state(market, account);
    state.open_positions().map(|place| state.positions[place].points).sum()
}

fn begin(market: &Market, name: &str, line: &str) -> Child {
    market.command(name, line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs")
}

/// The exit code of a command, and what it has printed as JSON.
fn end(child: Child) -> (Option<i32>, Value) {
    let output = child.wait_with_output().expect("its end");
    let printed = if output.status.success() { &output.stdout } else { &output.stderr };
    let last = String::from_utf8_lossy(printed).lines().last().unwrap_or_default().to_owned();
    let said = serde_json::from_str(&last).unwrap_or_else(|error| panic!("{error}: {}", text(&output)));
    (output.status.code(), said)
}

/// A trade that is committed when its command is killed is found by the same command, whatever other commands run between.
pub fn a_note_is_struck_out_by_its_own_command(market: &Market) {
    let account = trader(market, "sara");
    market.json("lena", "localnet price set BTC 100000");
    let trade = format!("trade buy {CALL} --size 0.1BTC --min-net=-20 --yes --json");
    let mut killed = begin(market, "sara", &trade);
    let begun = Instant::now();
    while !state(market, &account).commitment.is_open() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing is committed");
        std::thread::sleep(Duration::from_millis(20));
    }
    killed.kill().expect("it is killed");
    killed.wait().expect("its end");
    for other in ["deposit 1 --pool TSLA.M --yes", "account show --pool TSLA.M", "deposit 1 --pool TSLA.M --yes"] {
        market.json("sara", other);
    }
    let (code, said) = end(begin(market, "sara", &trade));
    assert_eq!(
        (code, &said["done_before"], &said["outcome"]["filled"]),
        (Some(0), &true.into(), &true.into()),
        "{said}"
    );
    let once = points(market, &account);
    assert!(once > 0, "{said}");
    // Its note is gone now, and the same command means another trade.
    let (code, said) = end(begin(market, "sara", &trade));
    assert_eq!((code, points(market, &account)), (Some(0), 2 * once), "{said}");
}

/// Of deposits, and of trades, that one key makes at once, each that says so was done, and every other one was refused by its number.
pub fn commands_at_once(market: &Market) {
    let account = trader(market, "tina");
    market.json("lena", "localnet price set BTC 100000");
    let cash = state(market, &account).cash;
    let all: Vec<Child> =
        (1..=4).map(|tokens| begin(market, "tina", &format!("deposit {tokens} --pool TSLA.M --yes --json"))).collect();
    let mut paid = 0;
    for (tokens, (code, said)) in (1..=4).zip(all.into_iter().map(end)) {
        match code {
            Some(0) => paid += tokens,
            _ => assert_eq!((code, &said["cause"]), (Some(3), &"WrongNumber".into()), "{said}"),
        }
    }
    assert!(paid > 0);
    assert_eq!(state(market, &account).cash, cash + paid * TOKEN);

    // Equal ones, too, happen as often as they say that they are done.
    let cash = state(market, &account).cash;
    let all: Vec<Child> = (0..3).map(|_| begin(market, "tina", "deposit 1 --pool TSLA.M --yes --json")).collect();
    let mut paid = 0;
    for (code, said) in all.into_iter().map(end) {
        match code {
            Some(0) => paid += 1,
            _ => assert_eq!((code, &said["cause"]), (Some(3), &"WrongNumber".into()), "{said}"),
        }
    }
    assert!(paid > 0);
    assert_eq!(state(market, &account).cash, cash + paid * TOKEN);
    // Whoever names the number has it done once, at once or one after the other.
    let dry = market.json("tina", "deposit 1 --pool TSLA.M --yes");
    let number = dry["number"].as_u64().expect("a number") + 1;
    let line = format!("deposit 2 --pool TSLA.M --number {number} --yes --json");
    let all: Vec<Child> = (0..3).map(|_| begin(market, "tina", &line)).collect();
    let done = all.into_iter().map(end).filter(|(code, _)| *code == Some(0)).count();
    assert_eq!((done, state(market, &account).cash), (1, cash + (paid + 1 + 2) * TOKEN));
    let (code, said) = end(begin(market, "tina", &line));
    assert_eq!((code, &said["cause"]), (Some(3), &"WrongNumber".into()), "{said}");

    // Two equal ones that are meant as two name two numbers, and both happen, whichever comes first.
    let cash = state(market, &account).cash;
    let all: Vec<Child> = [number + 2, number + 1]
        .into_iter()
        .map(|number| begin(market, "tina", &format!("deposit 2 --pool TSLA.M --number {number} --yes --json")))
        .collect();
    for (code, said) in all.into_iter().map(end) {
        assert_eq!(code, Some(0), "{said}");
    }
    assert_eq!(state(market, &account).cash, cash + 4 * TOKEN);

    let trades = [0.1, 0.11].map(|size| format!("trade buy {CALL} --size {size}BTC --min-net=-20 --yes --json"));
    let all: Vec<Child> = trades.iter().map(|line| begin(market, "tina", line)).collect();
    let mut done = 0;
    for (code, said) in all.into_iter().map(end) {
        done += i64::from(code == Some(0));
        let known = ["WrongNumber", "CommitmentOpen"].contains(&said["cause"].as_str().unwrap_or_default());
        assert!(code == Some(0) || (code == Some(3) && known && said["next"].is_string()), "{said}");
    }
    assert!(done > 0 && points(market, &account) > 0);
}

/// A network that answers nothing for a while after it has taken the transaction neither ends a trade nor doubles a deposit.
pub fn answers_fail_after_the_commitment(market: &Market) {
    let account = trader(market, "ursa");
    market.json("lena", "localnet price set BTC 100000");
    let target = market.ready["rpc_url"].as_str().expect("a URL");
    let relay = market.wait(Faulty::before(target, 0));
    for (line, cash) in [
        ("deposit 5 --pool TSLA.M".to_owned(), Some(105 * TOKEN)),
        (format!("trade buy {CALL} --size 0.1BTC --min-net=-20"), None),
    ] {
        // More failures in a row than any request is repeated at once.
        relay.fail_after_send(12);
        let output = within(market.command("ursa", &format!("{line} --yes --json --url {}", relay.url)));
        assert!(output.status.success(), "{line}: {}", text(&output));
        if let Some(cash) = cash {
            assert_eq!(state(market, &account).cash, cash);
        }
    }
    assert!(points(market, &account) > 0 && !state(market, &account).commitment.is_open());
}

/// What is done already is told, with exit code 0, by commands that name a state.
pub fn what_is_done_is_done(market: &Market) {
    trader(market, "vita");
    let said = market.json("vita", "account open --pool TSLA.M --yes");
    assert!(said["done_before"] == true && said["signature"].is_null(), "{said}");
    assert_eq!(market.json("vita", "withdraw all --pool TSLA.M --yes")["done_before"], Value::Null);
    assert_eq!(market.json("vita", "withdraw all --pool TSLA.M --yes")["done_before"], true);
    assert_eq!(market.json("vita", "account close --pool TSLA.M --yes")["done_before"], Value::Null);
    assert_eq!(market.json("vita", "account close --pool TSLA.M --yes")["done_before"], true);
}
