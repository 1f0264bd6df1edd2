//! Pyth's legacy price accounts: a C layout at one fixed address per feed, written by the oracle program itself.

use super::{PriceAccount, RawPrice};
use crate::{ensure, errors::EvergreenError};
use anchor_lang::prelude::*;
use core::mem::{align_of, offset_of, size_of};
use pyth_sdk_solana::state::{PriceInfo, PriceStatus, SolanaPriceAccount, load_price_account};

/// Offset of the status of the aggregate price.
const STATUS: usize = offset_of!(SolanaPriceAccount, agg) + offset_of!(PriceInfo, status);

/// Decodes the price account of this address. The caller has checked the account's owner; Pyth's decoder checks length,
/// magic number, version and type.
///
/// Errors: `PriceWrongFeed` unless the account lies at the address that the feed id is, `PriceUndecodable`,
/// `PriceNotTrading`.
#[inline(never)]
pub(super) fn read_legacy(account: &PriceAccount, feed_id: &[u8; 32]) -> Result<RawPrice> {
    ensure!(account.key.as_array() == feed_id, PriceWrongFeed);
    let copy;
    let data = if account.data.as_ptr().align_offset(align_of::<SolanaPriceAccount>()) == 0 {
        account.data
    } else {
        // Accounts on chain are aligned; bytes from elsewhere need not be.
        copy = aligned(account.data);
        bytemuck::cast_slice(&copy)
    };
    let price: &SolanaPriceAccount = load_price_account(data).map_err(|_| EvergreenError::PriceUndecodable)?;
    // The status is compared as a byte, because an invalid byte must not become a value of the enum.
    let status = data.get(STATUS).copied().ok_or(EvergreenError::PriceUndecodable)?;
    ensure!(status == PriceStatus::Trading as u8, PriceNotTrading, "status {}", status);
    Ok(RawPrice {
        price: price.agg.price,
        confidence: price.agg.conf,
        ema_price: price.ema_price.val,
        exponent: price.expo,
        publish_time: price.timestamp,
        prev_publish_time: None,
    })
}

/// Copies the bytes of a price account to an aligned address. An incomplete last word of shorter data is cut off; such data is too
/// short in any case.
fn aligned(data: &[u8]) -> Vec<u64> {
    let (words, _) = data.as_chunks::<8>();
    words.iter().take(size_of::<SolanaPriceAccount>() / 8).map(|word| u64::from_ne_bytes(*word)).collect()
}
