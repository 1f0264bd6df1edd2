//! Confirmed transactions and their records.

use super::journal::Settled;
use crate::events::{self, Event};
use solana_rpc_client_api::client_error::TransactionError;
use solana_signature::Signature;
use std::sync::Arc;

/// A transaction that landed and was executed without an error.
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
    /// Signature of the transaction.
    pub signature: Signature,
    /// Slot in which it landed.
    pub slot: u64,
    /// Record of the transaction; `None` if the network did not return it in time.
    pub record: Option<Record>,
    /// Removes the journal's entry when the last clone is dropped.
    pub(super) _settled: Option<Arc<Settled>>,
}

/// The record of a transaction.
#[derive(Clone, Debug)]
pub struct Record {
    /// Compute units used, if known.
    pub compute_units: Option<u64>,
    /// Fee, lamports.
    pub fee: u64,
    /// Log of the transaction.
    pub logs: Vec<String>,
    /// Time of the block, unix seconds, if known.
    pub block_time: Option<i64>,
    /// Slot of the transaction.
    pub slot: u64,
    /// Error of the transaction, if it failed.
    pub error: Option<TransactionError>,
}

impl Confirmed {
    /// Makes what is known of a transaction that no journal has noted.
    pub(super) const fn landed(signature: Signature, slot: u64, record: Option<Record>) -> Self {
        Self { signature, slot, record, _settled: None }
    }

    /// Returns the program's events in the transaction; none without a record.
    pub fn events(&self) -> Vec<Event> {
        self.record.as_ref().map(|record| events::from_logs(&record.logs)).unwrap_or_default()
    }
}
