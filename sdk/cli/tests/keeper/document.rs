//! Every command of `docs/keeper.md`.

use crate::process::{Process, evergreen};
use evergreen_sdk::{accounts, address};
use evergreen_test_network::{Hermes, Market, SERVICE_KEY};
use evergreen_test_support::{
    documents::{KEEPER, commands},
    schema,
};
use serde_json::json;
use solana_keypair::write_keypair_file;
use solana_signer::Signer;
use std::process::{Command, Stdio};

#[test]
fn everything_in_the_document_works() {
    let market = Market::start();
    // The public price service cannot be asked by tests.
    market.deploy_standin();
    let hermes = Hermes::of(&market.network.rpc_url());
    let home = tempfile::tempdir().expect("a folder");
    let key = market.somebody(0);
    let key_file = home.path().join("keeper.json");
    write_keypair_file(&key, &key_file).expect("a key file");
    let config = json!({
        "json_rpc_url": market.network.rpc_url(),
        "websocket_url": market.network.ws_url(),
        "keypair_path": key_file,
    });
    let config_file = home.path().join("config.yml");
    std::fs::write(&config_file, config.to_string()).expect("a file");
    let names = json!({ "pools": [{ "name": "TSLA.M", "mint": market.mint.address.to_string() }] });
    std::fs::write(home.path().join("market.json"), names.to_string()).expect("a file");
    let run = |arguments: &str| -> Command {
        let mut command = evergreen(home.path());
        let arguments = arguments.replace("https://pyth.dourolabs.app/hermes", &hermes.url);
        command.env("EVERGREEN_CONFIG", &config_file).env("PYTH_KEY", SERVICE_KEY);
        command.args(arguments.split_whitespace()).stdin(Stdio::null());
        command
    };
    let all: Vec<String> = commands(KEEPER, "sh").into_iter().map(|line| line.arguments).collect();
    assert!(all.len() > 4, "{} commands found", all.len());
    let before = market.sample_time();
    // The clock stands still a second after a grid time of samples, whose first price is published then.
    let read = market.chain().account(&market.feeds[0].underlying).expect("an answer").expect("the underlying");
    let interval = i64::from(accounts::underlying(&read.data).expect("an underlying").params.vol_min_interval);
    let now = market.chain().clock().expect("the clock").unix_timestamp;
    market.advance(3 * interval + 1 - now.rem_euclid(interval));
    market.bitcoin(100_100);
    for arguments in all {
        if arguments.starts_with("serve") {
            let service = Process::of(run(&format!("{arguments} --json --listen 127.0.0.1:0")), home.path());
            assert!(service.started["address"].as_str().is_some_and(|address| address.ends_with("/v1")));
            assert!(service.end_politely()["last_event"].is_i64());
            continue;
        }
        if arguments.starts_with("keeper run") {
            // The default port may be taken on a machine that tests other things, too.
            let arguments = format!("{arguments} --json --state keeper-state");
            let metrics = if arguments.contains("--metrics") { "" } else { " --metrics 127.0.0.1:0" };
            let keeper = Process::of(run(&format!("{arguments}{metrics}")), home.path());
            assert_eq!(keeper.started["keeper"], key.pubkey().to_string());
            // A second one with the same journal is refused.
            let second = run("keeper once --yes --state keeper-state").output().expect("the command runs");
            assert!(!second.status.success());
            assert!(String::from_utf8_lossy(&second.stderr).contains("another keeper runs"), "{second:?}");
            keeper.end_politely();
            continue;
        }
        let output = run(&arguments).output().expect("the command runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{arguments}: {said}{}", String::from_utf8_lossy(&output.stderr));
        // What changes nothing tells machines the same.
        if !arguments.contains("--yes") {
            let output = run(&format!("{arguments} --json")).output().expect("the command runs");
            assert!(!schema::printed(&arguments, &output).is_empty(), "{arguments}: {output:?}");
        }
        if arguments.starts_with("price post") {
            let done = if arguments.contains("--dry-run") { "the message would be taken" } else { "done: " };
            assert!(said.contains(done), "{arguments}: {said}");
        } else if arguments.contains("--dry-run") {
            assert!(said.contains("would be done: sample 2"), "{said}");
            assert_eq!(market.sample_time(), before, "a dry run changes nothing");
        }
    }
    assert!(market.sample_time() > before, "a sample was taken");
    // It was not paid for anything, so it has no account there.
    let own = address::margin_account(&market.keys.pool, &key.pubkey(), 0);
    assert!(market.chain().account(&own).expect("an answer").is_none());
}
