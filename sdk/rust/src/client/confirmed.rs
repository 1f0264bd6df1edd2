//! What has landed, and what is on record of it.

use super::journal::Settled;
use crate::events::{self, Event};
use solana_rpc_client_api::client_error::TransactionError;
use solana_signature::Signature;
use std::sync::Arc;

/// A transaction that landed and ran without an error.
///
/// ```
/// use evergreen_sdk::client::Confirmed;
///
/// fn receipt(landed: &Confirmed) -> String {
///     let fee = landed.record.as_ref().map(|record| record.fee);
///     format!("{} in slot {}, {} lamports", landed.signature, landed.slot, fee.map_or("?".into(), |fee| fee.to_string()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Confirmed {
    /// Its signature.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// What is on record of it; `None` if the network did not hand it out in time.
    pub record: Option<Record>,
    /// Strikes it out of the journal when the last clone is gone.
    pub(super) _settled: Option<Arc<Settled>>,
}

/// The record of a transaction.
#[derive(Clone, Debug)]
pub struct Record {
    /// Compute units spent.
    pub compute_units: Option<u64>,
    /// Fee in lamports.
    pub fee: u64,
    /// The log.
    pub logs: Vec<String>,
    /// Unix seconds of its block.
    pub block_time: Option<i64>,
    /// Its slot.
    pub slot: u64,
    /// Why it failed, if it did.
    pub error: Option<TransactionError>,
}

impl Confirmed {
    /// The program's events in it; none without a record.
    pub fn events(&self) -> Vec<Event> {
        self.record.as_ref().map(|record| events::from_logs(&record.logs)).unwrap_or_default()
    }
}
