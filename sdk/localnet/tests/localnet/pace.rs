//! Test of a paused clock, which stands still while transactions are still confirmed.

use anchor_lang::solana_program::system_instruction;
use evergreen_localnet::{Network, Options};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::Duration;

/// Longer than two blocks of the public networks' length.
const A_MOMENT: Duration = Duration::from_millis(1_200);

#[test]
fn a_paused_clock_stands_still_and_goes_on() {
    let network = Network::start(Options::default()).unwrap();
    let (chain, pace) = (network.client(), network.pace());
    let now = || chain.clock().unwrap().unix_timestamp;
    let bob = Keypair::new().pubkey();
    let send = |lamports: u64| {
        let transfer = system_instruction::transfer(&chain.payer().pubkey(), &bob, lamports);
        chain.send(&[transfer], &[]).unwrap()
    };
    pace.pause().unwrap();
    // The clock now shows a full second, and ten transactions move it by less than another.
    let then = chain.advance(1).unwrap().unix_timestamp;
    for number in 0..10 {
        let landed = send(1_000_000_000 + number);
        assert_eq!(landed.block_time, Some(then), "the block is not at the time of the paused clock");
    }
    std::thread::sleep(A_MOMENT);
    assert_eq!(now(), then);
    pace.pause().unwrap();
    std::thread::sleep(A_MOMENT);
    assert_eq!(now(), then, "the clock moved after a second pause");
    // A paused clock still jumps.
    assert_eq!(chain.advance(3_600).unwrap().unix_timestamp, then + 3_600);
    std::thread::sleep(A_MOMENT);
    assert_eq!(now(), then + 3_600);

    pace.resume().unwrap();
    std::thread::sleep(2 * A_MOMENT);
    let gone_on = now() - (then + 3_600);
    assert!((1..10).contains(&gone_on), "{gone_on} s");
    send(1);
    assert_eq!(chain.lamports(&bob).unwrap(), 10_000_000_000 + 45 + 1);
}
