//! What is there now: everything that steps decide by, read anew before each transaction.

use crate::{Cluster, PoolPlan, record};
use anyhow::{Context, Result, bail};
use evergreen_sdk::{
    accounts::Kind,
    address,
    anchor_lang::{AccountDeserialize, prelude::ProgramData, prelude::Pubkey, solana_program::bpf_loader_upgradeable},
    client::{Client, ClientError, Filter, RawAccount},
    evergreen::state::{LAYOUT_VERSION, Pool, Proposal, Protocol, SeriesRegistry, ShareClass, Underlying},
    instruction::PoolKeys,
};
use solana_account_decoder_client_types::{UiAccountEncoding, UiDataSliceConfig};
use solana_rpc_client_api::{
    client_error::Error as RpcError,
    config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
    filter::{Memcmp, RpcFilterType},
};
use std::{collections::BTreeMap, time::Duration};

/// Bytes of program data before the bytecode.
const PROGRAM_DATA_HEADER: usize = 45;
/// Bytes of a mint, and of a token account, without extensions; where their decimals and their amount are.
const MINT: usize = 82;
const MINT_DECIMALS: usize = 44;
const TOKEN_AMOUNT: core::ops::Range<usize> = 64..72;

/// The program as it is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// There is none.
    Missing,
    /// There is an account, but no program that the upgradeable loader has deployed.
    NotUpgradeable,
    /// Deployed by the upgradeable loader.
    Deployed {
        /// Who may replace it; nobody if none.
        authority: Option<Pubkey>,
        /// Hash of the bytecode, if it was asked for.
        sha256: Option<[u8; 32]>,
    },
}

/// A pool of the file as it is now.
#[derive(Clone)]
pub struct PoolNow {
    /// Addresses; `None` when there is no such mint.
    pub keys: Option<PoolKeys>,
    /// Decimals of the mint.
    pub decimals: u8,
    /// The pool, if it is there.
    pub pool: Option<Box<Pool>>,
    /// Places of underlyings with listed series.
    pub listed: Vec<u8>,
    /// Native units in the operator's wallet.
    pub wallet: u64,
    /// Whether the operator has share accounts: main class, insurance class.
    pub share_accounts: [bool; 2],
}

/// An account of an earlier layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldAccount {
    /// Its address.
    pub address: Pubkey,
    /// Its type.
    pub kind: Kind,
    /// Its layout.
    pub version: u8,
    /// Of a pool its underlyings, in order.
    pub underlyings: Vec<Pubkey>,
}

/// The chain at one moment, as far as one cluster file goes.
#[derive(Clone)]
pub struct Chain {
    /// Slot.
    pub slot: u64,
    /// The chain's clock, unix seconds.
    pub now: i64,
    /// The program.
    pub program: Program,
    /// The protocol, if it is there.
    pub protocol: Option<Box<Protocol>>,
    /// Underlyings of the file that are there.
    pub underlyings: BTreeMap<Pubkey, Box<Underlying>>,
    /// Pools of the file, in its order.
    pub pools: Vec<PoolNow>,
    /// Proposals that are neither executed nor cancelled, by number.
    pub proposals: Vec<Box<Proposal>>,
    /// Accounts of earlier layouts, if they were looked for.
    pub old: Vec<OldAccount>,
}

impl Chain {
    /// Reads it, at a slot no earlier than `since`: nodes of a network lag behind each other. Hash of the bytecode and
    /// accounts of earlier layouts, which are much to read, only if `deep`.
    ///
    /// # Errors
    /// When the network does not answer, or accounts are of a later layout than this command knows.
    pub async fn read(client: &Client, cluster: &Cluster, operator: &Pubkey, since: u64, deep: bool) -> Result<Self> {
        const ATTEMPTS: u32 = 60;
        for _ in 0..ATTEMPTS {
            let chain = Self::read_once(client, cluster, operator, deep).await.context("reading the chain")?;
            if chain.slot >= since {
                return Ok(chain);
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        bail!("the network stays behind slot {since}, in which a transaction of this run landed");
    }

    async fn read_once(client: &Client, cluster: &Cluster, operator: &Pubkey, deep: bool) -> Result<Self> {
        let clock = client.clock().await?;
        let program = program(client, deep && cluster.program_sha256.is_some()).await?;
        let protocol = client.get_many::<Protocol>(&[address::protocol()]).await?.value.into_iter().next().flatten();
        if let Some(newer) = protocol.as_ref().filter(|protocol| protocol.version > LAYOUT_VERSION) {
            bail!(
                "accounts have layout {}, this command knows {LAYOUT_VERSION}: use the one of the program's version",
                newer.version
            );
        }
        let keys: Vec<Pubkey> = cluster.underlyings.iter().map(|plan| plan.address).collect();
        let found = client.get_many::<Underlying>(&keys).await?.value;
        let underlyings = keys.into_iter().zip(found).filter_map(|(key, found)| Some((key, found?))).collect();
        let mut pools = Vec::with_capacity(cluster.pools.len());
        for plan in &cluster.pools {
            pools.push(pool(client, plan, operator).await?);
        }
        let found = client.find::<Proposal>(Filter::ALL).await?.value;
        let mut proposals: Vec<_> = found.into_iter().map(|(_, proposal)| proposal).collect();
        proposals.sort_by_key(|proposal| proposal.id);
        let old = if deep { old_accounts(client).await? } else { Vec::new() };
        Ok(Self { slot: clock.slot, now: clock.value, program, protocol, underlyings, pools, proposals, old })
    }
}

/// As the client library's own failures.
pub(crate) fn failed(doing: &str) -> impl FnOnce(RpcError) -> ClientError {
    let doing = doing.to_owned();
    move |source| ClientError::Rpc { doing, source: Box::new(source) }
}

/// The upgradeable loader's two accounts, without the bytecode unless its hash is asked for.
async fn program(client: &Client, hashed: bool) -> Result<Program> {
    let addresses = [address::PROGRAM, address::program_data()];
    let config = RpcAccountInfoConfig {
        encoding: Some(UiAccountEncoding::Base64),
        data_slice: (!hashed).then_some(UiDataSliceConfig { offset: 0, length: PROGRAM_DATA_HEADER }),
        commitment: Some(client.commitment()),
        ..RpcAccountInfoConfig::default()
    };
    let read = client.rpc().get_multiple_ui_accounts_with_config(&addresses, config).await;
    let mut read = read.map_err(failed("reading the program"))?.value.into_iter();
    let (program, data) = (read.next().flatten(), read.next().flatten());
    let Some(program) = program else { return Ok(Program::Missing) };
    let data = data.filter(|_| program.owner == bpf_loader_upgradeable::ID.to_string());
    let Some(bytes) = data.and_then(|data| data.data.decode()) else { return Ok(Program::NotUpgradeable) };
    let Ok(header) = ProgramData::try_deserialize(&mut &bytes[..]) else { return Ok(Program::NotUpgradeable) };
    let code = bytes.get(PROGRAM_DATA_HEADER..).filter(|_| hashed);
    let sha256 = code.map(record::bytecode_sha256);
    Ok(Program::Deployed { authority: header.upgrade_authority_address, sha256 })
}

/// Hash of the bytecode that is deployed.
///
/// # Errors
/// When the network does not answer, or there is no program that the upgradeable loader has deployed.
pub async fn program_sha256(client: &Client) -> Result<[u8; 32]> {
    match program(client, true).await? {
        Program::Deployed { sha256: Some(hash), .. } => Ok(hash),
        _ => bail!("there is no upgradeable program {} on this network", address::PROGRAM),
    }
}

async fn pool(client: &Client, plan: &PoolPlan, operator: &Pubkey) -> Result<PoolNow> {
    let mint = client.raw(&[plan.mint]).await?.value.into_iter().next().flatten();
    let is_mint = |raw: &RawAccount| {
        [anchor_spl::token::ID, anchor_spl::token_2022::ID].contains(&raw.owner) && raw.data.len() >= MINT
    };
    let Some(mint) = mint.filter(is_mint) else {
        let nothing =
            PoolNow { keys: None, decimals: 0, pool: None, listed: Vec::new(), wallet: 0, share_accounts: [false; 2] };
        return Ok(nothing);
    };
    let keys = PoolKeys::new(plan.mint, mint.owner);
    let shares = [ShareClass::Main, ShareClass::Insurance].map(|class| keys.shares(operator, class));
    let addresses = [keys.pool, keys.registry, keys.wallet(operator), shares[0], shares[1]];
    let mut read = client.raw(&addresses).await?.value.into_iter();
    let mut next = || read.next().flatten();
    let pool = next().map(|raw| raw.decode::<Pool>(&keys.pool)).transpose()?;
    let registry = next().map(|raw| raw.decode::<SeriesRegistry>(&keys.registry)).transpose()?;
    let mut listed: Vec<u8> = registry
        .iter()
        .flat_map(|registry| registry.series.iter())
        .filter(|s| s.status != 0)
        .map(|s| s.underlying)
        .collect();
    listed.sort_unstable();
    listed.dedup();
    let amount = |raw: RawAccount| Some(u64::from_le_bytes(raw.data.get(TOKEN_AMOUNT)?.try_into().ok()?));
    Ok(PoolNow {
        keys: Some(keys),
        decimals: mint.data[MINT_DECIMALS],
        pool,
        listed,
        wallet: next().and_then(amount).unwrap_or(0),
        share_accounts: [next().is_some(), next().is_some()],
    })
}

/// Accounts whose first bytes name an earlier layout. Only these are sent: there may be many of the present one.
async fn old_accounts(client: &Client) -> Result<Vec<OldAccount>> {
    let mut all = Vec::new();
    for kind in Kind::ALL {
        for version in 1..LAYOUT_VERSION {
            // The version follows the discriminator.
            let mut prefix = kind.prefix().to_vec();
            prefix.push(version);
            let config = RpcProgramAccountsConfig {
                filters: Some(vec![RpcFilterType::Memcmp(Memcmp::new_base58_encoded(0, &prefix))]),
                account_config: RpcAccountInfoConfig {
                    encoding: Some(UiAccountEncoding::Base64),
                    // Of pools the underlyings are needed.
                    data_slice: (*kind != Kind::Pool).then_some(UiDataSliceConfig { offset: 0, length: prefix.len() }),
                    commitment: Some(client.commitment()),
                    ..RpcAccountInfoConfig::default()
                },
                ..RpcProgramAccountsConfig::default()
            };
            let found = client.rpc().get_program_ui_accounts_with_config(&address::PROGRAM, config).await;
            for (address, account) in found.map_err(failed("looking for accounts of earlier layouts"))? {
                let data = account.data.decode().unwrap_or_default();
                let pool = (*kind == Kind::Pool).then(|| evergreen_sdk::accounts::pool(&data)).transpose();
                let pool = pool.with_context(|| format!("the pool {address}"))?;
                let underlyings = pool.map_or_else(Vec::new, |pool| {
                    let listed = pool.underlyings.iter().take(usize::from(pool.underlying_count));
                    listed.map(|underlying| underlying.key).collect()
                });
                all.push(OldAccount { address, kind: *kind, version, underlyings });
            }
        }
    }
    all.sort_by_key(|account| account.address);
    Ok(all)
}
