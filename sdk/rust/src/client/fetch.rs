//! Reading accounts: one, many, or all that match a filter.

use super::{Client, ClientError, RpcClient, retry::persistent};
use crate::{
    accounts::{Account, Kind},
    address,
};
use anchor_lang::prelude::Pubkey;
use serde_json::json;
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding};
use solana_rpc_client_api::{
    config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
    filter::{Memcmp, RpcFilterType},
    request::RpcRequest,
    response::{OptionalContext, RpcKeyedAccount},
};
use std::collections::HashSet;

/// Most accounts of one request.
const CHUNK: usize = 100;
/// Most answers to a question, until two of them agree.
const ANSWERS: u32 = 6;
/// Address of the sysvar account with the chain's clock.
pub(super) const CLOCK: Pubkey = Pubkey::from_str_const("SysvarC1ock11111111111111111111111111111111");

/// A value that was read, and the slot whose state it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched<T> {
    /// Slot of the state; the lowest one if several requests were made.
    pub slot: u64,
    /// Value that was read.
    pub value: T,
}

/// An account as the network holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAccount {
    /// Program that owns the account.
    pub owner: Pubkey,
    /// Balance, lamports.
    pub lamports: u64,
    /// Bytes of the account.
    pub data: Vec<u8>,
}

/// A filter of the accounts of a type. The default selects all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Pool of the selected accounts, if given.
    pub pool: Option<Pubkey>,
    /// Owner of the selected accounts, if given.
    pub owner: Option<Pubkey>,
    /// Collateral mint of the selected accounts, if given: of pools.
    pub mint: Option<Pubkey>,
}

impl Filter {
    /// All accounts of the type.
    pub const ALL: Self = Self { pool: None, owner: None, mint: None };

    /// Selects the accounts of a pool.
    pub const fn of_pool(pool: Pubkey) -> Self {
        Self { pool: Some(pool), ..Self::ALL }
    }

    /// Selects the accounts of an owner, in all pools.
    pub const fn of_owner(owner: Pubkey) -> Self {
        Self { owner: Some(owner), ..Self::ALL }
    }

    /// Selects the pools of a mint, whoever has created them.
    pub const fn of_mint(mint: Pubkey) -> Self {
        Self { mint: Some(mint), ..Self::ALL }
    }

    /// Returns the filter in the form of a network request: conditions on the discriminator and the keys.
    pub(super) fn conditions<T: Account>(&self) -> Result<Vec<RpcFilterType>, ClientError> {
        let mut conditions = vec![memcmp(0, T::PREFIX)];
        let keys = [("pool", self.pool, T::POOL), ("owner", self.owner, T::OWNER), ("mint", self.mint, T::MINT)];
        for (name, key, offset) in keys {
            if let Some(key) = key {
                conditions.push(memcmp(offset.ok_or(ClientError::Filter(name))?, key.as_ref()));
            }
        }
        Ok(conditions)
    }
}

pub(super) fn memcmp(offset: usize, bytes: &[u8]) -> RpcFilterType {
    RpcFilterType::Memcmp(Memcmp::new_base58_encoded(offset, bytes))
}

impl RawAccount {
    pub(super) fn of(account: &UiAccount) -> Result<Self, ClientError> {
        let data = account.data.decode();
        let owner = account.owner.parse().ok();
        match (data, owner) {
            (Some(data), Some(owner)) => Ok(Self { owner, lamports: account.lamports, data }),
            _ => Err(ClientError::Answer("an account came in an encoding that was not asked for".into())),
        }
    }

    /// Decodes an account of the program.
    ///
    /// # Errors
    /// [`ClientError::Foreign`], [`ClientError::Decode`]; they name `address`.
    pub fn decode<T: Account>(&self, address: &Pubkey) -> Result<Box<T>, ClientError> {
        if self.owner != address::PROGRAM {
            return Err(ClientError::Foreign { address: *address, owner: self.owner });
        }
        T::decode(&self.data).map_err(|source| ClientError::Decode { address: *address, source })
    }

    /// Returns the type of the account, if it is an account of the program.
    pub fn kind(&self) -> Option<Kind> {
        if self.owner == address::PROGRAM { Kind::of(&self.data) } else { None }
    }
}

/// All margin accounts of a pool are read, and then some of them again at one moment:
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// # let pool = evergreen_sdk::anchor_lang::prelude::Pubkey::default();
/// use evergreen_sdk::{client::Filter, evergreen::state::MarginAccount};
///
/// let found = client.find::<MarginAccount>(Filter::of_pool(pool)).await?;
/// let keys: Vec<_> = found.value.iter().take(100).map(|(key, _)| *key).collect();
/// let again = client.get_many::<MarginAccount>(&keys).await?;
/// println!("{} accounts, {} slots later", again.value.iter().flatten().count(), again.slot - found.slot);
/// # Ok(())
/// # }
/// ```
impl Client {
    pub(super) fn account_config(&self) -> RpcAccountInfoConfig {
        RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(self.commitment()),
            ..RpcAccountInfoConfig::default()
        }
    }

    /// Reads accounts of any program, in the order of their addresses in the list; `None` for an account that does not exist.
    ///
    /// Each request reads up to 100 accounts at one moment; accounts of different requests may be of different moments. That an account does not exist has to be said twice, by different nodes where there
    /// are several.
    ///
    /// # Errors
    /// [`ClientError::Rpc`]; [`ClientError::Answer`], also where the nodes do not agree.
    pub async fn raw(&self, addresses: &[Pubkey]) -> Result<Fetched<Vec<Option<RawAccount>>>, ClientError> {
        let mut value = Vec::with_capacity(addresses.len());
        let mut slot = u64::MAX;
        for chunk in addresses.chunks(CHUNK) {
            let read = self.chunk(chunk).await?;
            slot = slot.min(read.slot);
            value.extend(read.value);
        }
        Ok(Fetched { slot, value })
    }

    /// Reads accounts at one moment.
    async fn chunk(&self, addresses: &[Pubkey]) -> Result<Fetched<Vec<Option<RawAccount>>>, ClientError> {
        let mut answers: Vec<Vec<bool>> = Vec::new();
        for turn in 0..ANSWERS {
            let read = match self.chunk_by(self.witness(turn), addresses).await {
                // Where another node does not answer, the one that serves everything else decides.
                Err(_) if turn > 0 => self.chunk_by(self.rpc(), addresses).await?,
                read => read?,
            };
            let there: Vec<bool> = read.value.iter().map(Option::is_some).collect();
            if self.trusts || !there.contains(&false) || answers.contains(&there) {
                return Ok(read);
            }
            answers.push(there);
        }
        Err(ClientError::Answer(format!("the nodes do not agree which of {} accounts exist", addresses.len())))
    }

    async fn chunk_by(
        &self,
        rpc: &RpcClient,
        addresses: &[Pubkey],
    ) -> Result<Fetched<Vec<Option<RawAccount>>>, ClientError> {
        let doing = format!("reading {} accounts", addresses.len());
        let ask = || rpc.get_multiple_ui_accounts_with_config(addresses, self.account_config());
        let answer = persistent(&doing, ask).await?;
        if answer.value.len() != addresses.len() {
            return Err(ClientError::Answer(format!("{} accounts for {} asked", answer.value.len(), addresses.len())));
        }
        let read = answer.value.iter().map(|account| account.as_ref().map(RawAccount::of).transpose());
        Ok(Fetched { slot: answer.context.slot, value: read.collect::<Result<_, _>>()? })
    }

    /// Reads one account of the program.
    ///
    /// # Errors
    /// [`ClientError::Missing`], [`ClientError::Foreign`], [`ClientError::Decode`], [`ClientError::Rpc`].
    pub async fn get<T: Account>(&self, address: &Pubkey) -> Result<Fetched<Box<T>>, ClientError> {
        let Fetched { slot, value } = self.get_many::<T>(&[*address]).await?;
        let found = value.into_iter().next().flatten();
        Ok(Fetched { slot, value: found.ok_or(ClientError::Missing(*address))? })
    }

    /// Reads many accounts of one type; `None` for an account that does not exist.
    ///
    /// # Errors
    /// The same as those of [`Self::get`] except [`ClientError::Missing`].
    pub async fn get_many<T: Account>(
        &self,
        addresses: &[Pubkey],
    ) -> Result<Fetched<Vec<Option<Box<T>>>>, ClientError> {
        let Fetched { slot, value } = self.raw(addresses).await?;
        let decoded = value.iter().zip(addresses).map(|(raw, key)| raw.as_ref().map(|raw| raw.decode(key)).transpose());
        Ok(Fetched { slot, value: decoded.collect::<Result<_, _>>()? })
    }

    /// Reads all accounts of a type that match the filter. Which they are has to be said twice, by different nodes where there are several; an account that one answer lacks is read by itself.
    ///
    /// # Errors
    /// [`ClientError::Filter`] for a type without that key, [`ClientError::Decode`], [`ClientError::Rpc`]; [`ClientError::Answer`], also where the nodes do not agree.
    pub async fn find<T: Account>(&self, filter: Filter) -> Result<Fetched<Vec<(Pubkey, Box<T>)>>, ClientError> {
        let conditions = filter.conditions::<T>()?;
        let mut found = self.scan(conditions.clone()).await?;
        if !self.trusts {
            let again = match self.scan_by(self.witness(1), conditions.clone()).await {
                Err(_) => self.scan(conditions).await?,
                again => again?,
            };
            found.slot = found.slot.min(again.slot);
            let keys = |found: &[(Pubkey, RawAccount)]| found.iter().map(|(key, _)| *key).collect::<HashSet<_>>();
            let disputed: Vec<Pubkey> = keys(&found.value).symmetric_difference(&keys(&again.value)).copied().collect();
            if !disputed.is_empty() {
                let read = self.raw(&disputed).await?;
                found.slot = found.slot.min(read.slot);
                found.value.retain(|(key, _)| !disputed.contains(key));
                found.value.extend(disputed.into_iter().zip(read.value).filter_map(|(key, raw)| Some((key, raw?))));
            }
        }
        let decoded = found.value.iter().map(|(key, raw)| Ok((*key, raw.decode::<T>(key)?)));
        Ok(Fetched { slot: found.slot, value: decoded.collect::<Result<_, ClientError>>()? })
    }

    /// Reads all accounts of the program that meet the conditions, undecoded, as one answer says it.
    pub(super) async fn scan(
        &self,
        conditions: Vec<RpcFilterType>,
    ) -> Result<Fetched<Vec<(Pubkey, RawAccount)>>, ClientError> {
        self.scan_by(self.rpc(), conditions).await
    }

    async fn scan_by(
        &self,
        rpc: &RpcClient,
        conditions: Vec<RpcFilterType>,
    ) -> Result<Fetched<Vec<(Pubkey, RawAccount)>>, ClientError> {
        let doing = "reading the program's accounts";
        // If the answer names no slot, its state is at least that of this slot.
        let before = persistent(doing, || rpc.get_slot()).await?;
        // Most bytes of most accounts are zero, so they are packed.
        let account_config =
            RpcAccountInfoConfig { encoding: Some(UiAccountEncoding::Base64Zstd), ..self.account_config() };
        let config = RpcProgramAccountsConfig {
            filters: (!conditions.is_empty()).then_some(conditions),
            account_config,
            with_context: Some(true),
            sort_results: None,
        };
        let parameters = json!([address::PROGRAM.to_string(), config]);
        let ask = || rpc.send(RpcRequest::GetProgramAccounts, parameters.clone());
        let answer: OptionalContext<Vec<RpcKeyedAccount>> = persistent(doing, ask).await?;
        let (slot, keyed) = match answer {
            OptionalContext::Context(answer) => (answer.context.slot, answer.value),
            OptionalContext::NoContext(keyed) => (before, keyed),
        };
        let read = keyed.iter().map(|entry| {
            let key = entry.pubkey.parse().map_err(|_| ClientError::Answer(format!("address {}", entry.pubkey)))?;
            Ok((key, RawAccount::of(&entry.account)?))
        });
        Ok(Fetched { slot, value: read.collect::<Result<_, ClientError>>()? })
    }

    /// Reads the time of the chain's clock, which programs use, in unix seconds.
    ///
    /// # Errors
    /// [`ClientError::Rpc`], [`ClientError::Missing`], [`ClientError::Answer`].
    pub async fn clock(&self) -> Result<Fetched<i64>, ClientError> {
        let Fetched { slot, value } = self.raw(&[CLOCK]).await?;
        let clock = value.into_iter().next().flatten().ok_or(ClientError::Missing(CLOCK))?;
        Ok(Fetched { slot, value: unix_timestamp(&clock.data)? })
    }
}

/// Returns the unix seconds in the bytes of the clock's account.
pub(super) fn unix_timestamp(clock: &[u8]) -> Result<i64, ClientError> {
    let bytes = clock.get(32..40).and_then(|bytes| bytes.try_into().ok());
    bytes.map(i64::from_le_bytes).ok_or_else(|| ClientError::Answer("the clock's account is too short".into()))
}
