//! The state of the chain that steps decide by. It is read anew before each transaction.

use crate::{Cluster, PoolPlan, record};
use anyhow::{Context, Result, bail};
use evergreen_sdk::{
    accounts::Kind,
    address,
    anchor_lang::{AccountDeserialize, prelude::ProgramData, prelude::Pubkey, solana_program::bpf_loader_upgradeable},
    client::{Client, ClientError, Filter, RawAccount},
    evergreen::state::{LAYOUT_VERSION, Pool, Proposal, Protocol, ShareClass, Underlying},
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
/// Bytes of a mint without extensions.
const MINT: usize = 82;
/// Offset of the decimals in a mint.
const MINT_DECIMALS: usize = 44;
/// Bytes of the amount in a token account.
const TOKEN_AMOUNT: core::ops::Range<usize> = 64..72;

/// The program's deployment on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The program's account does not exist.
    Missing,
    /// The program's account exists, but the upgradeable loader has not deployed it.
    NotUpgradeable,
    /// The upgradeable loader has deployed the program.
    Deployed {
        /// Upgrade authority; `None` if nobody may replace the program.
        authority: Option<Pubkey>,
        /// SHA-256 of the bytecode, if it was read.
        sha256: Option<[u8; 32]>,
    },
}

/// The present state of a pool of the file.
#[derive(Clone)]
pub struct PoolNow {
    /// Addresses of the pool; `None` if its mint does not exist.
    pub keys: Option<PoolKeys>,
    /// Decimals of the mint.
    pub decimals: u8,
    /// The pool, if it exists.
    pub pool: Option<Box<Pool>>,
    /// Native units of the collateral in the operator's wallet.
    pub wallet: u64,
    /// Whether the operator has share accounts of the main class and of the insurance class.
    pub share_accounts: [bool; 2],
}

/// An account of an earlier layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldAccount {
    /// Address of the account.
    pub address: Pubkey,
    /// Type of the account.
    pub kind: Kind,
    /// Version of its layout.
    pub version: u8,
}

/// The state of the chain that a cluster file is about.
#[derive(Clone)]
pub struct Chain {
    /// Slot in which reading began.
    pub slot: u64,
    /// The chain's clock, unix seconds.
    pub now: i64,
    /// Deployment of the program.
    pub program: Program,
    /// The protocol, if it exists.
    pub protocol: Option<Box<Protocol>>,
    /// Underlyings of the file that exist, by address.
    pub underlyings: BTreeMap<Pubkey, Box<Underlying>>,
    /// Pools of the file, in the order of the file.
    pub pools: Vec<PoolNow>,
    /// The operator's next number.
    pub next_number: u64,
    /// Proposals that are neither executed nor cancelled, sorted by number.
    pub proposals: Vec<Box<Proposal>>,
    /// Accounts of earlier layouts; empty unless they were read.
    pub old: Vec<OldAccount>,
}

impl Chain {
    /// Reads the chain at the slot `since` or later, because nodes of a network lag behind each other. The hash of the bytecode and the
    /// accounts of earlier layouts take many bytes and are read only if `deep`.
    ///
    /// # Errors
    /// Returns an error when the network does not answer or stays behind `since`, and when the protocol has a later layout than this command
    /// knows.
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
        let next_number = client.next_number(operator).await?;
        let old = if deep { old_accounts(client).await? } else { Vec::new() };
        Ok(Self {
            slot: clock.slot,
            now: clock.value,
            program,
            protocol,
            underlyings,
            pools,
            next_number,
            proposals,
            old,
        })
    }
}

/// Returns a function that turns an error of the network into one of the client library.
pub(crate) fn failed(doing: &str) -> impl FnOnce(RpcError) -> ClientError {
    let doing = doing.to_owned();
    move |source| ClientError::Rpc { doing, source: Box::new(source) }
}

/// Reads the program's two accounts of the upgradeable loader; the bytecode is read only for its hash.
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

/// Returns the SHA-256 of the deployed bytecode without the zeros at its end.
///
/// # Errors
/// Returns an error when the network does not answer, or there is no program that the upgradeable loader has deployed.
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
        let nothing = PoolNow { keys: None, decimals: 0, pool: None, wallet: 0, share_accounts: [false; 2] };
        return Ok(nothing);
    };
    let keys = PoolKeys::new(plan.mint, mint.owner);
    let shares = [ShareClass::Main, ShareClass::Insurance].map(|class| keys.shares(operator, class));
    let addresses = [keys.pool, keys.wallet(operator), shares[0], shares[1]];
    let mut read = client.raw(&addresses).await?.value.into_iter();
    let mut next = || read.next().flatten();
    let pool = next().map(|raw| raw.decode::<Pool>(&keys.pool)).transpose()?;
    let amount = |raw: RawAccount| Some(u64::from_le_bytes(raw.data.get(TOKEN_AMOUNT)?.try_into().ok()?));
    Ok(PoolNow {
        keys: Some(keys),
        decimals: mint.data[MINT_DECIMALS],
        pool,
        wallet: next().and_then(amount).unwrap_or(0),
        share_accounts: [next().is_some(), next().is_some()],
    })
}

/// Finds accounts of earlier layouts by their first bytes. The network filters them, because there may be many of the present layout.
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
                    data_slice: Some(UiDataSliceConfig { offset: 0, length: 0 }),
                    commitment: Some(client.commitment()),
                    ..RpcAccountInfoConfig::default()
                },
                ..RpcProgramAccountsConfig::default()
            };
            let found = client.rpc().get_program_ui_accounts_with_config(&address::PROGRAM, config).await;
            let found = found.map_err(failed("looking for accounts of earlier layouts"))?;
            all.extend(found.into_iter().map(|(address, _)| OldAccount { address, kind: *kind, version }));
        }
    }
    all.sort_by_key(|account| account.address);
    Ok(all)
}
