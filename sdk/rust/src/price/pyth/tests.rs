use super::*;
use crate::presets::{BTC_FEED, ETH_FEED};
use crate::testing::pyth_update::{Signing, price_message, signed_update};

#[test]
fn an_update_is_read_with_its_prices() {
    let prices = [price_message(BTC_FEED, 10_012_345_000_000, 1_790_000_000), price_message(ETH_FEED, 7, 8)];
    let bytes = signed_update(&prices, Signing { guardian_set: 5, signatures: 13 });
    let update = PythUpdate::parse(&bytes).unwrap();
    assert_eq!((update.guardian_set(), update.signatures()), (5, 13));
    let found: Vec<UpdatedPrice> = update.prices().collect();
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].feed, found[0].price, found[0].publish_time), (BTC_FEED, 10_012_345_000_000, 1_790_000_000));
    assert_eq!(found[1].feed, ETH_FEED);
    for text in [hex::encode(&bytes), format!("0x{}", hex::encode(&bytes))] {
        assert_eq!(PythUpdate::from_hex(&text).unwrap().vaa(), update.vaa());
    }
    assert_eq!(PythUpdate::from_base64(&STANDARD.encode(&bytes)).unwrap().vaa(), update.vaa());
}

#[test]
fn what_was_not_signed_is_refused() {
    let prices = [price_message(BTC_FEED, 1, 2), price_message(ETH_FEED, 3, 4)];
    let good = signed_update(&prices, Signing::default());
    // The last byte that depends on the price of BTC belongs to the proof of the price of ETH.
    let other = signed_update(&[price_message(BTC_FEED, 9, 2), prices[1]], Signing::default());
    let place = good.iter().zip(&other).rposition(|(a, b)| a != b).unwrap();
    let mut forged = good.clone();
    forged[place] ^= 1;
    assert!(PythUpdate::parse(&good).is_ok());
    assert_eq!(PythUpdate::parse(&forged).err(), Some(UpdateError::Proof(ETH_FEED)));
    let start = good.windows(32).position(|bytes| bytes == BTC_FEED).unwrap();
    let mut forged = good.clone();
    // This is the last byte of the price, which comes after the feed's id.
    forged[start + 32 + 7] ^= 1;
    assert_eq!(PythUpdate::parse(&forged).err(), Some(UpdateError::Proof(BTC_FEED)));
}

#[test]
fn every_truncation_is_an_error() {
    let good = signed_update(&[price_message(BTC_FEED, 1, 2)], Signing { guardian_set: 0, signatures: 3 });
    for length in 0..good.len() {
        let error = PythUpdate::parse(&good[..length]).err();
        assert!(matches!(error, Some(UpdateError::Format(_))), "{length} of {} bytes: {error:?}", good.len());
    }
    assert_eq!(PythUpdate::from_base64("*").err(), Some(UpdateError::Encoding("base64")));
    assert_eq!(PythUpdate::from_hex("0xg").err(), Some(UpdateError::Encoding("hexadecimal")));
    let mut other = good;
    other[0] = b'X';
    assert!(matches!(PythUpdate::parse(&other), Err(UpdateError::Format(_))));
}

#[test]
fn addresses_are_those_of_the_receivers_own_library() {
    let upgraded = PythPrograms::UPGRADED;
    assert_eq!(upgraded.receiver, pyth_solana_receiver_sdk::ID);
    assert_eq!(upgraded.push, pyth_solana_receiver_sdk::PYTH_PUSH_ORACLE_ID);
    assert_eq!(upgraded.config(), pyth_solana_receiver_sdk::pda::get_config_address());
    for number in [0, 1, 255] {
        assert_eq!(upgraded.treasury(number), pyth_solana_receiver_sdk::pda::get_treasury_address(number));
    }
    assert_ne!(PythPrograms::PREVIOUS.config(), upgraded.config());
}
