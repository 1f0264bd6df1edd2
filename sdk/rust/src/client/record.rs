//! Records of transactions.

use super::{Client, ClientError, Record, RpcClient, Transaction};
use crate::events::{self, TRUNCATED};
use anchor_lang::prelude::Pubkey;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::json;
use solana_rpc_client_api::{client_error::TransactionError, request::RpcRequest};
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use std::time::Duration;
use tokio::time::sleep;

/// How often a record is asked for, and by each node once more.
const FEW: u32 = 4;
/// How often a log has to come cut off until that is believed.
const CUT: u32 = 3;
/// The first byte of a transaction of a later version is this and its version.
const LATER: u8 = 0x80;
/// Pause before a record is asked for again, at first.
const PAUSE: Duration = Duration::from_millis(50);

/// A record as a network tells it, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    slot: u64,
    block_time: Option<i64>,
    /// Its bytes, and their encoding.
    transaction: (String, String),
    meta: Option<Meta>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    err: Option<TransactionError>,
    fee: u64,
    log_messages: Option<Vec<String>>,
    compute_units_consumed: Option<u64>,
}

/// Programs that log nothing.
const SILENT: [Pubkey; 3] = [
    Pubkey::from_str_const("Ed25519SigVerify111111111111111111111111111"),
    Pubkey::from_str_const("KeccakSecp256k11111111111111111111111111111"),
    Pubkey::from_str_const("Secp256r1SigVerify1111111111111111111111111"),
];

impl Told {
    /// The transaction itself; `None` for bytes that are none, or of a version that this library cannot read.
    fn transaction(&self) -> Option<VersionedTransaction> {
        bincode::deserialize(&self.bytes()?).ok()
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.transaction.0).ok()
    }

    /// Whether the transaction is of a version after those that this library reads: these begin with the number of their signatures, of which a transaction has
    /// room for a dozen, later ones with their version and a bit that no such number has.
    fn is_later(&self) -> bool {
        self.bytes().is_some_and(|bytes| bytes.first().is_some_and(|first| *first > LATER))
    }
}

/// Whether the log of a transaction that has succeeded tells of all its instructions.
fn tells_all(transaction: &VersionedTransaction, logs: &[String]) -> bool {
    let keys = transaction.message.static_account_keys();
    let instructions = transaction.message.instructions().iter();
    let is_silent = |place: u8| keys.get(usize::from(place)).is_some_and(|program| SILENT.contains(program));
    let expected = instructions.filter(|instruction| !is_silent(instruction.program_id_index)).count();
    let begun = logs.iter().filter(|line| line.starts_with("Program ") && line.ends_with(" invoke [1]")).count();
    begun >= expected
}

impl Client {
    /// Reads the record of a transaction. A log that lacks instructions ends with a line that says so ([`events::is_truncated`]), also where the node does not say it.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] when the network does not know it (yet), [`ClientError::Answer`] when the network keeps no records.
    pub async fn record(&self, signature: &Signature) -> Result<Record, ClientError> {
        self.record_by(self.rpc(), signature).await
    }

    async fn record_by(&self, rpc: &RpcClient, signature: &Signature) -> Result<Record, ClientError> {
        // As bytes, and of any version: strangers choose in which they name an account, and its log is read the same way.
        let commitment = self.commitment().commitment;
        let config =
            json!({ "encoding": "base64", "commitment": commitment, "maxSupportedTransactionVersion": u8::MAX });
        let parameters = json!([signature.to_string(), config]);
        let told: Told = rpc
            .send(RpcRequest::GetTransaction, parameters)
            .await
            .map_err(ClientError::rpc(format!("reading transaction {signature}")))?;
        let transaction = told.transaction();
        let named = transaction.as_ref().and_then(|told| told.signatures.first());
        // A local network lists what it does itself, such as airdrops, under no signature.
        if named != Some(signature) && *signature != Signature::default() && !told.is_later() {
            return Err(ClientError::Answer(format!("another transaction was told in the place of {signature}")));
        }
        let lacks = |what: &str| ClientError::Answer(format!("transaction {signature} comes without {what}"));
        let meta = told.meta.ok_or_else(|| lacks("a record"))?;
        // Without a log there are no events, and nobody could tell that from a transaction that has none.
        let mut logs = meta.log_messages.ok_or_else(|| lacks("its log"))?;
        if meta.err.is_none() && transaction.is_some_and(|transaction| !tells_all(&transaction, &logs)) {
            logs.push(TRUNCATED.to_owned());
        }
        Ok(Record {
            compute_units: meta.compute_units_consumed,
            fee: meta.fee,
            logs,
            block_time: told.block_time,
            slot: told.slot,
            error: meta.err,
        })
    }

    /// Reads a transaction that has succeeded, with its events. It tries several times, at last all nodes, because one may lag, keep no records, or have lost some; a log that is not whole is asked for again,
    /// too.
    ///
    /// # Errors
    /// As [`Self::record`]; [`ClientError::Answer`] for one that has failed.
    pub async fn transaction(&self, signature: &Signature) -> Result<Transaction, ClientError> {
        let (mut pause, mut cut, mut cuts, mut failure) = (PAUSE, None, 0, None);
        for time in 0..FEW + self.each().len() as u32 {
            if time > 0 {
                sleep(pause).await;
                pause *= 2;
            }
            let record = match self.record_by(self.witness(time), signature).await {
                Ok(record) if record.error.is_none() => record,
                Ok(_) => {
                    failure = Some(ClientError::Answer(format!(
                        "transaction {signature} has failed, and is in a list of those that have not"
                    )));
                    continue;
                }
                Err(error) => {
                    failure = Some(error);
                    continue;
                }
            };
            let Record { logs, block_time, slot, .. } = record;
            let events::Read { events, is_cut: truncated } = events::Read::of(&logs);
            let read = Transaction { signature: *signature, slot, block_time, events, truncated };
            cuts += u32::from(truncated);
            if !truncated || cuts == CUT || self.trusts {
                return Ok(read);
            }
            cut = Some(read);
        }
        match (cut, failure) {
            (Some(cut), _) => Ok(cut),
            (None, failure) => {
                Err(failure.unwrap_or_else(|| ClientError::Answer(format!("transaction {signature} is not known"))))
            }
        }
    }

    /// Returns the time of the block of a transaction, unix seconds; `None` while no node knows it. A node learns it a while after the block.
    ///
    /// # Errors
    /// As [`Self::record`], where no node has told the transaction.
    pub async fn block_time(&self, signature: &Signature) -> Result<Option<i64>, ClientError> {
        let mut answered = Err(ClientError::Answer("no node is known".to_owned()));
        for turn in 0..=self.each().len() as u32 {
            let node = self.witness(turn);
            match self.record_by(node, signature).await {
                Ok(Record { block_time: Some(time), .. }) => return Ok(Some(time)),
                Ok(Record { slot, .. }) => {
                    // A node may know the block's and not tell it with the record; not to know it is an error there.
                    if let Ok(time) = node.get_block_time(slot).await {
                        return Ok(Some(time));
                    }
                    answered = Ok(None);
                }
                Err(error) => answered = answered.or(Err(error)),
            }
        }
        answered
    }

    /// Reads the record of a transaction that has just landed. It tries several times, because the record is available a moment later.
    pub(super) async fn record_soon(&self, signature: &Signature) -> Option<Record> {
        let mut wait = Duration::from_millis(25);
        for _ in 0..8 {
            if let Ok(record) = self.record(signature).await {
                return Some(record);
            }
            sleep(wait).await;
            wait *= 2;
        }
        None
    }
}
