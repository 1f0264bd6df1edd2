//! Tests of starting and stopping a network, sending, deploying and moving the clock.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use anchor_lang::{
    prelude::Pubkey,
    solana_program::{
        instruction::{AccountMeta, Instruction},
        system_instruction,
    },
};
use evergreen_localnet::{Blocks, Error, Network, Options};
use evergreen_sdk::convert::SOL;
use solana_keypair::Keypair;
use solana_signer::Signer;

const MEMO: Pubkey = Pubkey::from_str_const("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");

fn memo(program: Pubkey, signer: &Pubkey, text: &[u8]) -> Instruction {
    Instruction { program_id: program, accounts: vec![AccountMeta::new_readonly(*signer, true)], data: text.to_vec() }
}

#[test]
fn an_airdrop_arrives_and_can_be_sent_on() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    let (ann, bob) = (Keypair::new(), Keypair::new().pubkey());
    chain.airdrop(&ann.pubkey(), 5 * SOL).unwrap();

    let transfer = system_instruction::transfer(&ann.pubkey(), &bob, 2 * SOL);
    let landed = chain.send(&[transfer], &[&ann]).unwrap();

    assert_eq!(chain.lamports(&bob).unwrap(), 2 * SOL);
    assert_eq!(chain.lamports(&ann.pubkey()).unwrap(), 3 * SOL);
    assert_eq!(landed.fee, 10_000, "the fee is not that of two signatures");
    assert!(landed.compute_units > 0);
    assert_eq!(chain.transaction(&landed.signature).unwrap(), landed);
}

#[test]
fn equal_transactions_are_sent_as_often_as_asked() {
    let network = Network::start(Options::default()).unwrap();
    assert_eq!(network.blocks(), Blocks::Clock);
    let chain = network.client();
    let bob = Keypair::new().pubkey();
    let transfer = [system_instruction::transfer(&chain.payer().pubkey(), &bob, SOL)];

    let first = chain.send(&transfer, &[]).unwrap();
    let second = chain.send(&transfer, &[]).unwrap();

    assert_ne!(first.signature, second.signature);
    assert_eq!(chain.lamports(&bob).unwrap(), 2 * SOL);
}

#[test]
fn somebody_else_can_pay_and_only_signers_can_sign() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    let (ann, bob) = (Keypair::new(), Keypair::new());
    chain.airdrop(&ann.pubkey(), SOL).unwrap();
    let transfer = [system_instruction::transfer(&ann.pubkey(), &bob.pubkey(), SOL / 2)];

    chain.send_as(&ann, &transfer, &[]).unwrap();
    assert_eq!(chain.lamports(&ann.pubkey()).unwrap(), SOL / 2 - 5_000);

    let unsigned = chain.send(&transfer, &[]).unwrap_err();
    assert!(matches!(unsigned, Error::Signing(_)), "{unsigned}");
}

#[test]
fn a_failure_says_why_with_and_without_preflight() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    let poor = Keypair::new();
    let transfer = [system_instruction::transfer(&poor.pubkey(), &chain.payer().pubkey(), SOL)];

    let refused = chain.send(&transfer, &[&poor]).unwrap_err();
    assert_eq!(refused.program_error_code(), Some(1), "the system program's own error: {refused}");
    assert!(refused.to_string().contains("insufficient lamports 0, need 1000000000"), "{refused}");

    let bold =
        evergreen_localnet::Client::new(&network.rpc_url(), chain.payer().insecure_clone()).with_preflight(false);
    let failed = bold.send(&transfer, &[&poor]).unwrap_err();
    assert_eq!(failed.program_error_code(), Some(1), "{failed}");
    let signature = &failed.failed_transaction().unwrap().signature;
    assert!(
        matches!(chain.transaction(signature), Err(Error::Transaction(_))),
        "it is not on the chain as a failed transaction"
    );
}

#[test]
fn a_simulation_counts_units_and_changes_nothing() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    let bob = Keypair::new().pubkey();
    let transfer = [system_instruction::transfer(&chain.payer().pubkey(), &bob, SOL)];
    assert!(chain.simulate(&transfer, &[]).unwrap().compute_units > 0);
    assert_eq!(chain.lamports(&bob).unwrap(), 0);
}

#[test]
fn a_program_is_deployed_from_a_file_and_answers() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    let payer = chain.payer().pubkey();
    // The test deploys the memo program, which the network includes, at another address.
    let built_in = chain.account(&MEMO).unwrap().unwrap();
    let start = built_in.data.windows(4).position(|bytes| bytes == b"\x7fELF");
    let elf = match start {
        Some(start) => built_in.data[start..].to_vec(),
        None => {
            let (data, _) = Pubkey::find_program_address(
                &[MEMO.as_ref()],
                &Pubkey::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111"),
            );
            chain.account_data(&data).unwrap()[45..].to_vec()
        }
    };
    let path = std::env::temp_dir().join(format!("evergreen-localnet-memo-{}.so", std::process::id()));
    std::fs::write(&path, &elf).unwrap();
    let program = Keypair::new().pubkey();
    let deployed = chain.deploy(&program, &path, None);
    std::fs::remove_file(&path).unwrap();
    deployed.unwrap();

    let landed = chain.send(&[memo(program, &payer, b"evergreen")], &[]).unwrap();
    assert!(landed.logs.iter().any(|line| line.contains("evergreen")), "{:?}", landed.logs);
    assert!(landed.logs[0].contains(&program.to_string()));

    let wrong = chain.deploy_elf(&program, b"not a program", None).unwrap_err();
    assert!(matches!(&wrong, Error::Program { program: named, .. } if *named == program), "{wrong}");
}

#[test]
fn the_clock_jumps_forward_and_never_back() {
    for options in [Options::fast(), Options::default()] {
        let network = Network::start(options).unwrap();
        let chain = network.client();
        let start = chain.clock().unwrap();
        let bob = Keypair::new().pubkey();
        let transfer = [system_instruction::transfer(&chain.payer().pubkey(), &bob, SOL)];

        let later = chain.time_travel_to(start.unix_timestamp + 30 * 86_400).unwrap();
        assert!((0..=2).contains(&(later.unix_timestamp - start.unix_timestamp - 30 * 86_400)), "{later:?}");
        assert!(later.slot > start.slot);
        let landed = chain.send(&transfer, &[]).unwrap();
        assert!(landed.slot >= later.slot);

        let again = chain.advance(3_600).unwrap();
        assert!(again.unix_timestamp >= later.unix_timestamp + 3_600);
        let back = chain.time_travel_to(start.unix_timestamp).unwrap_err();
        let Error::BackInTime { now, target } = back else { panic!("{back}") };
        assert_eq!(target, start.unix_timestamp);
        assert!(now >= again.unix_timestamp, "{now}");
    }
}

#[test]
fn the_clock_hardly_moves_on_a_fast_network() {
    let network = Network::start(Options::fast()).unwrap();
    let chain = network.client();
    let bob = Keypair::new().pubkey();
    chain.advance(1_000).unwrap();
    let before = chain.clock().unwrap();
    for lamports in 1..=5 {
        let transfer = system_instruction::transfer(&chain.payer().pubkey(), &bob, SOL + lamports);
        chain.send(&[transfer], &[]).unwrap();
    }
    let drift = chain.clock().unwrap().unix_timestamp - before.unix_timestamp;
    assert!((0..=3).contains(&drift), "five transactions moved the clock by {drift} s");
}

#[test]
fn ports_are_as_given_and_free_again_after_a_stop() {
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (rpc, ws) = (free(), free());
    let mut network = Network::start(Options { rpc_port: Some(rpc), ws_port: Some(ws), ..Options::fast() }).unwrap();
    assert_eq!(network.rpc_url(), format!("http://127.0.0.1:{rpc}"));
    assert_eq!(network.ws_url(), format!("ws://127.0.0.1:{ws}"));

    let taken = Network::start(Options { rpc_port: Some(rpc), ws_port: Some(ws), ..Options::fast() });
    assert!(matches!(taken.err(), Some(Error::Start(_))));

    network.stop().unwrap();
    network.stop().unwrap();
    drop(network);
    let again = Network::start(Options { rpc_port: Some(rpc), ws_port: Some(ws), ..Options::fast() }).unwrap();
    assert!(again.client().clock().unwrap().unix_timestamp > 0);
}

#[test]
fn the_websocket_answers() {
    let network = Network::start(Options::default()).unwrap();
    let url = network.ws_url();
    let mut stream = TcpStream::connect(url.strip_prefix("ws://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let hello = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    let hear_until = |stream: &mut TcpStream, wanted: &str| {
        let (mut heard, mut bytes) = (String::new(), [0; 1024]);
        while !heard.contains(wanted) {
            let count = stream.read(&mut bytes).expect("an answer within five seconds");
            assert!(count > 0, "the server hung up after {heard}");
            heard.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    };
    stream.write_all(hello.as_bytes()).unwrap();
    hear_until(&mut stream, "101 Switching Protocols");

    let request = br#"{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}"#;
    // This is a text frame with a mask of zeros.
    let mut frame = vec![0x81, 0x80 | request.len() as u8, 0, 0, 0, 0];
    frame.extend_from_slice(request);
    stream.write_all(&frame).unwrap();
    hear_until(&mut stream, "slotNotification");
}
