//! A virtual machine for the probe, the program in `vm-probe`.

use anchor_lang::prelude::{Pubkey, pubkey};
use litesvm::LiteSVM;

/// The feature that lets a program ask how many compute units are left. It is not active on mainnet, so machines for
/// tests leave it out as well, and a program that asks all the same fails with "unsupported BPF instruction".
const REMAINING_UNITS: Pubkey = pubkey!("5TuppMutoyzhUSfuYdhgzD47F92GL1g89KpCZQKqedxP");

/// A machine on which the probe can measure compute units. The released program needs nothing of it.
pub fn machine() -> LiteSVM {
    let mut features = LiteSVM::mainnet_feature_set();
    features.activate(&REMAINING_UNITS, 0);
    LiteSVM::new()
        .with_feature_set(features)
        // Once more, as they take in the features.
        .with_builtins()
        .with_sigverify(false)
        .with_transaction_history(0)
}
