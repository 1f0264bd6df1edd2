//! All accounts of a network and its clock, to begin another network with.

use crate::{
    cheats::CLOCK_SYSVAR,
    client::Client,
    error::{Error, Result},
};
use anchor_lang::prelude::{Clock, Pubkey};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use solana_rpc_client_api::request::RpcRequest;
use std::collections::BTreeMap;
use surfpool_types::AccountSnapshot;

/// Owner of the accounts that a network makes for itself.
const SYSVARS: Pubkey = Pubkey::from_str_const("Sysvar1111111111111111111111111111111111111");

/// The state of a network between two transactions: all accounts, programs included, and the clock. Past transactions are not part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The clock.
    pub(crate) clock: Clock,
    /// Accounts by address; without those that every network has of its own.
    pub(crate) accounts: BTreeMap<String, Option<AccountSnapshot>>,
}

impl Snapshot {
    /// Unix seconds of its clock.
    #[must_use]
    pub const fn unix_timestamp(&self) -> i64 {
        self.clock.unix_timestamp
    }

    /// Number of its accounts.
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.accounts.len()
    }

    /// Data of an account, if it is there.
    #[must_use]
    pub fn data(&self, address: &Pubkey) -> Option<Vec<u8>> {
        let account = self.accounts.get(&address.to_string())?.as_ref()?;
        BASE64_STANDARD.decode(&account.data).ok()
    }

    /// The same snapshot without an account.
    #[must_use]
    pub fn without(mut self, address: &Pubkey) -> Self {
        self.accounts.remove(&address.to_string());
        self
    }

    /// A document of JSON, from which [`Snapshot::from_json`] makes the same snapshot.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Clock { slot, epoch_start_timestamp, epoch, leader_schedule_epoch, unix_timestamp } = self.clock;
        json!({
            "clock": {
                "slot": slot,
                "epoch_start_timestamp": epoch_start_timestamp,
                "epoch": epoch,
                "leader_schedule_epoch": leader_schedule_epoch,
                "unix_timestamp": unix_timestamp,
            },
            "accounts": self.accounts,
        })
    }

    /// Reads the document of [`Snapshot::to_json`].
    ///
    /// # Errors
    /// [`Error::Snapshot`] for another document.
    pub fn from_json(document: &Value) -> Result<Self> {
        let number = |name: &str| {
            document["clock"][name].as_i64().ok_or_else(|| Error::Snapshot(format!("it has no number clock.{name}")))
        };
        let clock = Clock {
            slot: number("slot")?.unsigned_abs(),
            epoch_start_timestamp: number("epoch_start_timestamp")?,
            epoch: number("epoch")?.unsigned_abs(),
            leader_schedule_epoch: number("leader_schedule_epoch")?.unsigned_abs(),
            unix_timestamp: number("unix_timestamp")?,
        };
        let accounts = serde_json::from_value(document["accounts"].clone())
            .map_err(|error| Error::Snapshot(format!("its accounts: {error}")))?;
        Ok(Self { clock, accounts })
    }
}

impl Client {
    /// Takes a snapshot of the network between two transactions.
    ///
    /// # Errors
    /// [`Error::Rpc`] when the network does not answer, [`Error::Snapshot`] when its answer has no clock.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let clock = CLOCK_SYSVAR.to_string();
        let config = json!({
            "includeParsedAccounts": false,
            "filter": { "includeProgramAccounts": true, "excludeFeatureGates": true },
            "scope": "network",
        });
        let method = "surfnet_exportSnapshot";
        let answer: Value =
            self.rpc().send(RpcRequest::Custom { method }, json!([config])).map_err(Error::rpc(method))?;
        let found = answer.get("value").and_then(Value::as_object).cloned().unwrap_or_else(Map::new);
        let mut accounts: BTreeMap<String, Option<AccountSnapshot>> = serde_json::from_value(Value::Object(found))
            .map_err(|error| Error::Snapshot(format!("the network's answer: {error}")))?;
        let clock = accounts.get(&clock).and_then(Option::as_ref).and_then(|account| clock_of(&account.data));
        let clock = clock.ok_or_else(|| Error::Snapshot("the network's answer has no clock".into()))?;
        accounts.retain(|_, account| account.as_ref().is_some_and(|account| account.owner != SYSVARS.to_string()));
        Ok(Snapshot { clock, accounts })
    }
}

/// Decodes the clock's account.
fn clock_of(data: &str) -> Option<Clock> {
    let data = BASE64_STANDARD.decode(data).ok()?;
    let word = |at: usize| data.get(at..at + 8).and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
    Some(Clock {
        slot: word(0)?,
        epoch_start_timestamp: word(8)?.cast_signed(),
        epoch: word(16)?,
        leader_schedule_epoch: word(24)?,
        unix_timestamp: word(32)?.cast_signed(),
    })
}
