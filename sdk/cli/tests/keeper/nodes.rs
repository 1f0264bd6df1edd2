//! A keeper's command with several nodes, and keys in their URLs that nobody may see.

use crate::process::{Process, evergreen, log_of};
use evergreen_test_network::{Market, Proxy};
use solana_keypair::write_keypair_file;
use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// Parts of URLs that no output may show.
const SECRETS: [&str; 5] =
    ["path-key-12345", "query-key-abcde", "name-of-a-user", "word-of-a-user", "socket-key-67890"];

fn assert_hidden(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}

#[test]
fn a_keeper_goes_on_with_the_next_node_and_shows_no_key() {
    let market = Market::start();
    let runtime = Runtime::new().expect("a runtime");
    let home = tempfile::tempdir().expect("a folder");
    let key = market.somebody(0);
    write_keypair_file(&key, home.path().join("keeper.json")).expect("a key file");
    // One node refuses connections, one takes them and is silent, one works.
    let silent = runtime.block_on(Proxy::to(&market.network.rpc_url()));
    silent.set_silent(true);
    let works = runtime.block_on(Proxy::to(&market.network.rpc_url()));
    let socket = market.network.ws_url();
    let text = format!(
        "# keys of a service\nhttp://127.0.0.1:{}/v2/path-key-12345 ws://127.0.0.1:9/socket-key-67890\n\
         http://127.0.0.1:{}/?api-key=query-key-abcde {socket}/socket-key-67890\n",
        silent.port, works.port
    );
    std::fs::write(home.path().join("nodes"), text).expect("a file");
    let command = |arguments: &str| -> Command {
        let mut command = evergreen(home.path());
        command.args(arguments.split_whitespace()).args(["--keypair", "keeper.json", "--yes"]).stdin(Stdio::null());
        command.args(["--url", "http://name-of-a-user:word-of-a-user@127.0.0.1:9/path-key-12345", "--pool"]);
        // With everything that libraries say of their connections.
        command.arg(market.keys.pool.to_string()).args(["--nodes", "nodes"]).env("RUST_LOG", "trace");
        command
    };
    let keeper = Process::of(command("keeper run --json --metrics 127.0.0.1:0"), home.path());
    let metrics = keeper.started["metrics"].as_str().expect("a URL").to_owned();
    let health = keeper.started["health"].as_str().expect("a URL").to_owned();
    let read = |url: &str| runtime.block_on(async { reqwest::get(url).await?.text().await }).unwrap_or_default();
    let node = |port: u16, up: u8| format!("evergreen_keeper_node_up{{node=\"http://127.0.0.1:{port}\"}} {up}");
    let (start, mut seen) = (Instant::now(), String::new());
    while !seen.contains(&node(works.port, 1)) || !seen.contains("evergreen_keeper_subscribed 1") {
        assert!(start.elapsed() < Duration::from_secs(60), "{seen}\n{}", tail(&log_of(home.path())));
        std::thread::sleep(Duration::from_millis(200));
        seen = read(&metrics);
    }
    println!("at work after {:?}", start.elapsed());
    assert!(seen.contains(&node(9, 0)) && seen.contains(&node(silent.port, 0)), "{seen}");
    assert_eq!(read(&health), "at work\n");
    assert_hidden("the start", &keeper.started.to_string());
    assert_hidden("the metrics", &seen);
    assert_hidden("the end", &keeper.end_politely().to_string());
    let log = log_of(home.path());
    assert!(log.contains("reqwest::connect"), "libraries tell of their connections: {}", tail(&log));
    assert_hidden("the log", &log);
    // Nor do errors: of a file that has something else, and of nodes that are all away.
    std::fs::write(home.path().join("nodes"), "ftp://127.0.0.1/path-key-12345\n").expect("a file");
    let wrong = command("keeper once").output().expect("the command runs");
    let said = String::from_utf8_lossy(&wrong.stderr);
    assert!(said.contains("nodes, line 1: expected a URL of JSON-RPC"), "{said}");
    assert_hidden("an error", &said);
}

fn tail(text: &str) -> &str {
    let mut start = text.len().saturating_sub(4_000);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}
