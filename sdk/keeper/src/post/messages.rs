//! The messages that prices are posted with, and the keys of their accounts.

use crate::task::Wanted;
use evergreen_sdk::price::FeedId;
use sha2::{Digest, Sha256};
use solana_keypair::Keypair;

/// Number of the message of latest prices.
const LATEST_MESSAGE: u64 = 0;
/// Number of the first of the messages of first prices; `evergreen price post` has the one before.
const FIRST_MESSAGE: u64 = 2;
/// Number of messages of first prices that may be under way at a time.
const FIRST_MESSAGES: u64 = 8;

/// Number of the message that these prices are posted with. Two postings with one message cannot be under way at a time.
pub(crate) const fn message_number(wanted: Wanted) -> u64 {
    match wanted {
        Wanted::Latest { .. } => LATEST_MESSAGE,
        Wanted::FirstAfter(moment) => FIRST_MESSAGE + moment.unsigned_abs() % FIRST_MESSAGES,
    }
}

/// Numbers of all messages that a keeper posts prices with.
pub(crate) fn message_numbers() -> impl Iterator<Item = u64> {
    [LATEST_MESSAGE].into_iter().chain(FIRST_MESSAGE..FIRST_MESSAGE + FIRST_MESSAGES)
}

/// A key that whoever has `key` can derive again: its seed is a hash of the secret key and a number.
pub(super) fn derived(key: &Keypair, number: u64) -> Keypair {
    hashed(&[b"evergreen: account of a signed message", key.secret_bytes(), &number.to_le_bytes()])
}

/// Key of the account that a first price of a feed is posted to where its set of push feeds holds a newer price already. It is posted
/// with the message of this number.
pub(crate) fn own_price_account(key: &Keypair, feed: &FeedId, number: u64) -> Keypair {
    hashed(&[b"evergreen: account of a first price", key.secret_bytes(), feed, &number.to_le_bytes()])
}

fn hashed(parts: &[&[u8]]) -> Keypair {
    let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part));
    Keypair::new_from_array(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_signer::Signer;

    #[test]
    fn message_keys_are_found_again_and_differ() {
        let (mine, other) = (Keypair::new(), Keypair::new());
        let address = |key: &Keypair, number| derived(key, number).pubkey();
        assert_eq!(address(&mine, 0), address(&mine.insecure_clone(), 0));
        assert_ne!(address(&mine, 0), address(&mine, 1));
        assert_ne!(address(&mine, 0), address(&other, 0));
        assert_ne!(address(&mine, 0), mine.pubkey());
        let own = |key: &Keypair, feed, number| own_price_account(key, &[feed; 32], number).pubkey();
        assert_eq!(own(&mine, 1, 2), own(&mine.insecure_clone(), 1, 2));
        for different in [own(&other, 1, 2), own(&mine, 2, 2), own(&mine, 1, 3), address(&mine, 2)] {
            assert_ne!(own(&mine, 1, 2), different);
        }
    }

    #[test]
    fn postings_of_different_prices_have_messages_of_their_own() {
        let first = |moment| message_number(Wanted::FirstAfter(moment));
        let all: Vec<u64> = message_numbers().collect();
        assert!((0..100).all(|second| all.contains(&first(1_790_000_000 + second))));
        assert_ne!(first(1_790_000_000), first(1_790_000_001));
        let latest = message_number(Wanted::Latest { usable_from: 0, due_before: 0 });
        assert!(all.contains(&latest) && (0..100).all(|second| first(second) != latest));
    }
}
