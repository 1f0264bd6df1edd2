//! Pyth's `PriceUpdateV2` accounts, of either receiver generation (the owner is configured per underlying).

use super::{PriceAccount, RawPrice};
use crate::{ensure, errors::EvergreenError};
use anchor_lang::prelude::*;
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};

/// Decodes a fully verified update of the feed. The caller has checked the account's owner.
pub(super) fn read_update(account: &PriceAccount, feed_id: &[u8; 32]) -> Result<RawPrice> {
    let update =
        PriceUpdateV2::try_deserialize(&mut &account.data[..]).map_err(|_| EvergreenError::PriceUndecodable)?;
    let message = &update.price_message;
    ensure!(message.feed_id == *feed_id, PriceWrongFeed);
    ensure!(update.verification_level == VerificationLevel::Full, PriceNotVerified);
    Ok(RawPrice {
        price: message.price,
        confidence: message.conf,
        ema_price: message.ema_price,
        exponent: message.exponent,
        publish_time: message.publish_time,
        prev_publish_time: Some(message.prev_publish_time),
    })
}
