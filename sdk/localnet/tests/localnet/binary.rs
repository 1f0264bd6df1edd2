//! Tests of the binary: the URLs on its first lines, its end on a signal, its help and its errors.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use evergreen_localnet::{Client, Error};
use solana_keypair::Keypair;
use solana_signer::Signer as _;

const BINARY: &str = env!("CARGO_BIN_EXE_evergreen-localnet");

#[cfg(unix)]
#[test]
fn it_runs_until_a_signal() {
    let funded = Keypair::new().pubkey();
    let mut process = Command::new(BINARY)
        .args(["--rpc-port", "0", "--ws-port", "0", "--blocks", "transaction", "--fund", &funded.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let rpc = lines.next().unwrap().unwrap();
    let ws = lines.next().unwrap().unwrap();
    let rpc_url = rpc.strip_prefix("rpc  ").unwrap();
    assert!(ws.starts_with("ws   ws://127.0.0.1:"), "{ws}");

    let client = Client::new(rpc_url, Keypair::new());
    assert_eq!(client.lamports(&funded).unwrap(), 1_000_000_000_000);

    assert!(Command::new("kill").arg(process.id().to_string()).status().unwrap().success());
    assert!(process.wait().unwrap().success());
    let gone = client.clock().unwrap_err();
    assert!(matches!(gone, Error::Rpc { .. }), "the network still answers: {gone}");
}

#[test]
fn it_prints_help_and_names_wrong_arguments() {
    let run = |arguments: &[&str]| Command::new(BINARY).args(arguments).output().unwrap();
    let help = run(&["--help"]);
    assert!(help.status.success());
    assert!(String::from_utf8_lossy(&help.stdout).contains("--program <ID=PATH>"));
    for (arguments, wanted) in [
        (&["--program", "nothing"][..], "invalid program `nothing`: expected ID=PATH"),
        (&["--program", "nothing=x.so"][..], "invalid address `nothing`: expected 32 bytes in base58"),
        (&["--fund", "nobody"][..], "invalid address `nobody`: expected 32 bytes in base58"),
        (&["--rpc-port", "many"][..], "invalid value 'many' for '--rpc-port <PORT>'"),
        (&["--rpc-port"][..], "a value is required for '--rpc-port <PORT>'"),
        (&["--blocks", "glass"][..], "[possible values: clock, transaction]"),
        (&["--colour"][..], "unexpected argument '--colour'"),
    ] {
        let refused = run(arguments);
        assert!(!refused.status.success());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains(wanted), "{said}");
    }
}
