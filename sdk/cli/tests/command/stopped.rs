//! What happens to a command from outside: an environment that is odd, and a machine that sleeps while money is under way.

use crate::market::{Market, TOKEN, text, within};
use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, evergreen::state::MarginAccount};
use evergreen_test_network::Faulty;
use serde_json::Value;
use solana_signer::Signer;
use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

fn trader(market: &Market, name: &str) -> Pubkey {
    let key = market.newcomer(name, 200).pubkey();
    market.json(name, "account open --pool TSLA.M --yes");
    address::margin_account(&address::pool(&market.mint("TSLA.M")), &key, 0)
}

fn cash(market: &Market, account: &Pubkey) -> i64 {
    market.find::<MarginAccount>(account).expect("an account").cash
}

/// A folder for state that is empty or not absolute counts as none: otherwise what is under way would be noted where the command happens to be called, and not be found
/// from another folder.
pub fn an_empty_folder_for_state_is_none(market: &Market) {
    let account = trader(market, "xena");
    let kept = market.folder().join(".local/state/evergreen");
    for (value, tokens) in [("", 3), ("state", 4)] {
        let mut command = market.command("xena", &format!("deposit {tokens} --pool TSLA.M --yes --json"));
        command.env("XDG_STATE_HOME", value);
        let output = within(command);
        assert!(output.status.success(), "{value}: {}", text(&output));
        for wrong in ["evergreen", "state", "journal"] {
            assert!(!market.folder().join(wrong).exists(), "XDG_STATE_HOME={value:?} makes {wrong}");
        }
        assert!(kept.join("journal").is_dir(), "XDG_STATE_HOME={value:?}: no journal in {}", kept.display());
    }
    assert_eq!(cash(market, &account), 7 * TOKEN);
    // One that is absolute is taken.
    let own = market.folder().join("own-state");
    let mut command = market.command("xena", "deposit 1 --pool TSLA.M --yes --json");
    command.env("XDG_STATE_HOME", &own);
    assert!(within(command).status.success() && own.join("evergreen/journal").is_dir());
}

/// The process is stopped after it has sent and before it has heard of it, and wakes long after its blockhash is over: the money has moved once, and it says so.
pub fn who_sleeps_after_sending_moves_money_once(market: &Market) {
    let account = trader(market, "yves");
    let relay = market.wait(Faulty::before(market.ready["rpc_url"].as_str().expect("a URL"), 0));
    // It hears nothing more after it has sent, so that it is awake and waits when it is stopped.
    relay.fail_after_send(12);
    let line = format!("deposit 5 --pool TSLA.M --yes --json --url {}", relay.url);
    let child = market.command("yves", &line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let id = child.id().to_string();
    let signal =
        |name: &str| assert!(Command::new("kill").args([name, &id]).status().expect("kill").success(), "{name}");
    let begun = Instant::now();
    while cash(market, &account) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing is paid in");
        std::thread::sleep(Duration::from_millis(10));
    }
    signal("-STOP");
    // A signal is sent before it is heard.
    let state = || std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    while !state().contains(") T ") {
        assert!(begun.elapsed() < Duration::from_secs(60), "it was still running and is stopped now: {}", state());
        std::thread::sleep(Duration::from_millis(10));
    }
    market.json("lena", "localnet advance 10m");
    signal("-CONT");
    let output = child.wait_with_output().expect("its end");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let said: Value = serde_json::from_slice(&output.stdout).expect("a document");
    assert!(said["signature"].is_string(), "{said}");
    assert_eq!(cash(market, &account), 5 * TOKEN, "{said}");
    // It has told, so the same command means another deposit.
    market.json("yves", "deposit 5 --pool TSLA.M --yes");
    assert_eq!(cash(market, &account), 10 * TOKEN);
}
