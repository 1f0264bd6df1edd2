//! A command that moves money, killed at any point and given again, moves it once.

use crate::process::evergreen;
use evergreen_sdk::{address, evergreen::state::MarginAccount, instruction as build};
use evergreen_test_network::{Market, TOKEN};
use evergreen_test_support::random::mixed;
use serde_json::Value;
use solana_keypair::write_keypair_file;
use solana_signer::Signer;
use std::{
    collections::HashSet,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

#[test]
fn a_command_that_is_killed_and_given_again_moves_money_once() {
    const ROUNDS: i64 = 32;
    const UNDISTURBED: i64 = 3;
    let market = Market::start();
    let alice = market.somebody(100);
    let keys = &market.keys;
    let account = address::margin_account(&keys.pool, &alice.pubkey(), 0);
    let open = build::open_margin_account(alice.pubkey(), alice.pubkey(), keys, 0, None);
    market.chain().send_as(&alice, &[open], &[]).unwrap_or_else(|error| panic!("{error}"));
    let home = tempfile::tempdir().expect("a folder");
    let key_file = home.path().join("alice.json");
    write_keypair_file(&alice, &key_file).expect("a key file");
    let deposit = || -> Command {
        let mut command = evergreen(home.path());
        command.args(["deposit", "1", "--yes", "--json", "--url", &market.network.rpc_url()]);
        command.args(["--pool", &market.mint.address.to_string()]).arg("--keypair").arg(&key_file);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    // Each time that it was asked for ends with a receipt of a transaction that no earlier receipt named: of a command that was
    // killed between its last word and its end, the next one says that it was done before.
    let mut receipts: HashSet<String> = HashSet::new();
    let mut is_new = |said: &Value| receipts.insert(said["signature"].as_str().expect("a signature").to_owned());
    let given = || -> Value {
        let output = deposit().output().expect("the command runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("a receipt")
    };
    // How long it takes undisturbed, to kill it in the middle of that.
    let mut whole = Duration::MAX;
    for _ in 0..UNDISTURBED {
        let start = Instant::now();
        assert!(is_new(&given()));
        whole = whole.min(start.elapsed());
    }
    let (mut interrupted, mut recovered) = (0, 0);
    for round in UNDISTURBED..ROUNDS {
        let mut child = deposit().spawn().expect("the command runs");
        let part = mixed(round as u64) % 1_000;
        std::thread::sleep(whole.mul_f64(part as f64 / 1_000.0) + Duration::from_millis(5));
        // It may have ended by itself.
        let _ = child.kill();
        let output = child.wait_with_output().expect("its end");
        // Whoever saw it say that it is done does not give it again.
        let mut done = serde_json::from_slice::<Value>(&output.stdout).is_ok_and(|said| is_new(&said));
        interrupted += u32::from(!done);
        while !done {
            let said = given();
            done = is_new(&said);
            recovered += u32::from(done && said["done_before"] == true);
        }
    }
    let runtime = Runtime::new().expect("a runtime");
    let cash = runtime.block_on(market.client().get::<MarginAccount>(&account)).expect("the account").value.cash;
    println!(
        "{interrupted} of {ROUNDS} runs were killed in the middle, {recovered} of them had done their work; {whole:?} a run"
    );
    assert_eq!(cash, ROUNDS * TOKEN as i64, "once for every time that it was asked for");
    assert!(interrupted > 4, "the kills came in time: {interrupted}");
}
