//! The wanted state of a cluster, from one TOML file. Unknown fields are refused.

mod file;
mod values;

pub use values::seconds;

use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    convert::Decimal,
    evergreen::types::{MAX_UNDERLYINGS, PoolParams, UnderlyingConfig, timelock as bounds},
    failure::Refusal,
    math::{PointScale, Seconds},
    presets::Asset,
    price::PythGeneration,
};
use file::{ClusterFile, PoolFile, ProtocolFile, UnderlyingFile};
use std::path::{Path, PathBuf};

/// Reason why a cluster file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("reading the cluster file {}: {source}", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The file is not TOML, or has an unknown, missing or mistyped field.
    #[error("the cluster file {}: {}", path.display(), source.to_string().trim_end())]
    Syntax {
        /// Path of the file.
        path: PathBuf,
        /// Error of the parser, with its place in the file.
        source: Box<toml::de::Error>,
    },
    /// A value is invalid.
    #[error("the cluster file {}: {field}: {why}", path.display())]
    Value {
        /// Path of the file.
        path: PathBuf,
        /// Name of the field with its table.
        field: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Name of a field, and what is wrong with it.
type Wrong = (String, String);

/// The wanted state of a cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Name of the cluster.
    pub name: String,
    /// Genesis hash that the network must have; `None` if any network will do.
    pub genesis_hash: Option<String>,
    /// SHA-256 that the program's bytecode must have ([`crate::sha256_of_file`]); `None` if it is not compared.
    pub program_sha256: Option<[u8; 32]>,
    /// Generation of the price accounts that underlyings read.
    pub prices: PythGeneration,
    /// Paths of keypair files that may sign beside the operator's.
    pub signers: Vec<PathBuf>,
    /// Admin once all steps are done.
    pub admin: Pubkey,
    /// Guardian of the protocol.
    pub guardian: Pubkey,
    /// Owner of the token accounts that fees are paid to.
    pub fee_owner: Pubkey,
    /// Seconds between a proposal and its execution.
    pub timelock: u32,
    /// Upgrade authority once all steps are done.
    pub upgrade_authority: Pubkey,
    /// Underlyings that are to exist.
    pub underlyings: Vec<UnderlyingPlan>,
    /// Pools that are to exist.
    pub pools: Vec<PoolPlan>,
}

/// The wanted state of an underlying.
#[derive(Clone, Debug)]
pub struct UnderlyingPlan {
    /// Preset that its configuration is based on.
    pub preset: Asset,
    /// Address of the underlying.
    pub address: Pubkey,
    /// Configuration that it is created with.
    pub config: UnderlyingConfig,
}

/// The wanted state of a pool.
#[derive(Clone, Debug)]
pub struct PoolPlan {
    /// Name of the pool in reports.
    pub name: String,
    /// Address of the collateral mint.
    pub mint: Pubkey,
    /// Exponent e of the scale: a point pays 10^−e native units per dollar.
    pub scale: u8,
    /// Addresses of its underlyings, in order.
    pub underlyings: Vec<Pubkey>,
    /// Parameters of the pool.
    pub params: PoolParams,
    /// Tokens of the first liquidity of the main class and of the insurance class; `None` for none.
    pub first_liquidity: [Option<Decimal>; 2],
}

impl Cluster {
    /// Reads a file. `mint_of` returns the mint for a name in the market file.
    ///
    /// # Errors
    /// Returns [`ConfigError`] if the file cannot be read or is invalid.
    pub fn read(path: &Path, mint_of: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let read = |source| ConfigError::Read { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(read)?;
        Self::parse(&text, path, mint_of)
    }

    /// Parses the text of a file; paths in it are relative to the folder of `path`.
    ///
    /// # Errors
    /// Returns [`ConfigError`] if the text is invalid.
    pub fn parse(text: &str, path: &Path, mint_of: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let syntax = |error| ConfigError::Syntax { path: path.to_owned(), source: Box::new(error) };
        let file: ClusterFile = toml::from_str(text).map_err(syntax)?;
        let reader = Reader { folder: path.parent().unwrap_or(Path::new("")), mint_of };
        let wrong = |(field, why)| ConfigError::Value { path: path.to_owned(), field, why };
        reader.cluster(file).map_err(wrong)
    }

    /// Returns the plan of an underlying.
    pub(crate) fn underlying(&self, address: &Pubkey) -> Option<&UnderlyingPlan> {
        self.underlyings.iter().find(|plan| plan.address == *address)
    }

    /// Returns the name of an underlying for reports.
    pub(crate) fn name_of(&self, address: &Pubkey) -> String {
        self.underlying(address).map_or_else(|| address.to_string(), |plan| plan.preset.name().to_owned())
    }
}

struct Reader<'a> {
    folder: &'a Path,
    mint_of: &'a dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    fn cluster(&self, file: ClusterFile) -> Result<Cluster, Wrong> {
        if file.cluster.trim().is_empty() {
            return Err(("cluster".into(), "is empty: give the cluster a name".into()));
        }
        let program_sha256 = file.program_sha256.as_deref().map(values::sha256).transpose();
        let program_sha256 = program_sha256.map_err(|why| ("program_sha256".into(), why))?;
        let genesis_hash = file.genesis_hash.map(|hash| match values::address(&hash) {
            Ok(_) => Ok(hash),
            Err(_) => Err(("genesis_hash".to_owned(), format!("`{hash}` is no hash: base 58 of 32 bytes"))),
        });
        let genesis_hash = genesis_hash.transpose()?;
        let mut underlyings: Vec<UnderlyingPlan> = Vec::new();
        for (place, underlying) in file.underlyings.iter().enumerate() {
            let plan =
                underlying_plan(underlying, file.prices).map_err(|why| (format!("underlyings[{place}]"), why))?;
            if underlyings.iter().any(|known| known.address == plan.address) {
                return Err((format!("underlyings[{place}].preset"), format!("{} is there twice", plan.preset.name())));
            }
            underlyings.push(plan);
        }
        let mut pools: Vec<PoolPlan> = Vec::new();
        for (place, pool) in file.pools.iter().enumerate() {
            let plan =
                self.pool(pool, &underlyings).map_err(|(field, why)| (format!("pools[{place}].{field}"), why))?;
            if pools.iter().any(|known| known.mint == plan.mint) {
                return Err((format!("pools[{place}].mint"), format!("{} has a pool already", plan.mint)));
            }
            pools.push(plan);
        }
        let signers = file.signers.iter().map(|path| values::path(self.folder, path)).collect();
        let ProtocolFile { admin, guardian, fee_owner, timelock, upgrade_authority } = file.protocol;
        bounds::check(timelock.0).map_err(|error| ("protocol.timelock".into(), words(&error)))?;
        Ok(Cluster {
            name: file.cluster,
            genesis_hash,
            program_sha256,
            prices: file.prices,
            signers,
            admin: self.key("protocol.admin", &admin)?,
            guardian: self.key("protocol.guardian", &guardian)?,
            fee_owner: self.key("protocol.fee_owner", &fee_owner)?,
            timelock: timelock.0,
            upgrade_authority: self.key("protocol.upgrade_authority", &upgrade_authority)?,
            underlyings,
            pools,
        })
    }

    /// Parses an address, or reads the address of the keypair in a file.
    fn key(&self, field: &str, text: &str) -> Result<Pubkey, Wrong> {
        values::key(self.folder, text).map_err(|why| (field.to_owned(), why))
    }

    fn pool(&self, file: &PoolFile, underlyings: &[UnderlyingPlan]) -> Result<PoolPlan, Wrong> {
        let wrong = |field: &str, why: String| (field.to_owned(), why);
        let named = (self.mint_of)(&file.mint);
        let mint = values::address(named.as_deref().unwrap_or(&file.mint));
        let mint = mint.map_err(|why| wrong("mint", format!("{why}, and no name in the market file")))?;
        PointScale::new(file.scale).map_err(|_| wrong("scale", format!("{} is no exponent of a scale", file.scale)))?;
        let count = file.underlyings.len();
        if count == 0 || count > MAX_UNDERLYINGS {
            return Err(wrong("underlyings", format!("are {count}, a pool has 1 to {MAX_UNDERLYINGS}")));
        }
        let params = file.params.over(&evergreen_sdk::presets::pool_params());
        params.check().map_err(|error| wrong("params", words(&error)))?;
        let mut listed = Vec::new();
        for preset in &file.underlyings {
            let found = underlyings.iter().find(|plan| plan.preset == *preset);
            let plan = found.ok_or_else(|| {
                wrong("underlyings", format!("{} has no [[underlyings]] table in this file", preset.name()))
            })?;
            if listed.contains(&plan.address) {
                return Err(wrong("underlyings", format!("{} is there twice", preset.name())));
            }
            let age = Seconds(plan.config.params.max_age);
            let floor = params.check_latency_floor(age);
            floor.map_err(|error| wrong("params", format!("{} with prices of {}", words(&error), preset.name())))?;
            listed.push(plan.address);
        }
        params.check_waiting_floor().map_err(|error| wrong("params", words(&error)))?;
        let amount = |field: &str, text: &Option<String>| -> Result<Option<Decimal>, Wrong> {
            let read = text.as_deref().map(values::amount).transpose();
            read.map_err(|why| wrong(&format!("first_liquidity.{field}"), why))
        };
        let first_liquidity = match &file.first_liquidity {
            Some(first) => [amount("main", &first.main)?, amount("insurance", &first.insurance)?],
            None => [None, None],
        };
        Ok(PoolPlan {
            name: file.name.clone().unwrap_or_else(|| file.mint.clone()),
            mint,
            scale: file.scale,
            underlyings: listed,
            params,
            first_liquidity,
        })
    }
}

fn underlying_plan(file: &UnderlyingFile, prices: PythGeneration) -> Result<UnderlyingPlan, String> {
    let base = file.preset.config(prices.receiver());
    let config = UnderlyingConfig { params: file.params.over(&base.params), ..base };
    config.params.check().map_err(|error| format!("params: {}", words(&error)))?;
    Ok(UnderlyingPlan { preset: file.preset, address: address::underlying(&config.feed_id), config })
}

/// Returns the message of the program's own check.
fn words(error: &evergreen_sdk::anchor_lang::error::Error) -> String {
    let refusal = Refusal::from_error(error);
    refusal.compared.clone().unwrap_or_else(|| refusal.to_string())
}

#[cfg(test)]
mod tests;
