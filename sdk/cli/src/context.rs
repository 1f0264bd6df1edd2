//! The network, the keys and the pools that a command works on.

use crate::{
    Global,
    amount::Amount,
    failure::{Usage, advised},
    market::Market,
    output,
};
use anchor_spl::{
    token_2022::spl_token_2022::{
        extension::{BaseStateWithExtensions, StateWithExtensions},
        state::Mint,
    },
    token_2022_extensions::spl_token_metadata_interface::state::TokenMetadata,
};
use anyhow::{Context as _, Result};
use evergreen_sdk::{
    accounts::Account,
    address,
    anchor_lang::prelude::Pubkey,
    client::{Client, Filter},
    convert::{self, Decimal},
    evergreen::state::{MarginAccount, Pool},
    instruction::PoolKeys,
    math::Points,
    price::{LegacyAccounts, PriceProvider, PythGeneration, PythPrograms},
    quote::PoolView,
};
use serde::Deserialize;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where prices are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Prices {
    /// Pyth's push feeds, upgraded generation
    Upgraded,
    /// Pyth's push feeds, previous generation
    Previous,
    /// Pyth's legacy price accounts
    Legacy,
}

impl Prices {
    /// As the client library knows it, with the number of a set of push feeds.
    ///
    /// # Errors
    /// [`Usage`] for a number where there are no sets.
    fn source(self, shard: u16) -> Result<Arc<dyn PriceProvider>> {
        Ok(match self.generation() {
            Some(generation) => Arc::new(generation.push_feeds(shard)),
            None if shard == 0 => Arc::new(LegacyAccounts),
            None => {
                return Err(Usage("--shard is a number of push feeds; --prices legacy has none".into()).into());
            }
        })
    }

    /// The generation of push feeds; `None` for legacy accounts.
    pub const fn generation(self) -> Option<PythGeneration> {
        match self {
            Self::Upgraded => Some(PythGeneration::Upgraded),
            Self::Previous => Some(PythGeneration::Previous),
            Self::Legacy => None,
        }
    }

    /// The programs that prices are posted with, and the price service that has updates for them.
    ///
    /// # Errors
    /// [`Usage`] for prices that nobody but their oracle can post.
    pub fn posting(self) -> Result<(PythPrograms, &'static str)> {
        let generation = self.generation();
        let generation = generation.ok_or_else(|| Usage("prices cannot be posted to --prices legacy".into()))?;
        let service = match generation {
            PythGeneration::Upgraded => "https://pyth.dourolabs.app/hermes",
            PythGeneration::Previous => "https://hermes.pyth.network",
        };
        Ok((generation.programs(), service))
    }
}

/// What is read of Solana's configuration file.
#[derive(Debug, Default, Deserialize)]
struct SolanaConfig {
    json_rpc_url: Option<String>,
    websocket_url: Option<String>,
    keypair_path: Option<PathBuf>,
}

/// Options, files and client of one run.
pub struct Context {
    /// The options given.
    pub global: Global,
    /// URL of the network.
    pub url: String,
    /// URL of its websocket, where the configuration names one for this network.
    websocket: Option<String>,
    /// Folder of what a command leaves for the next one.
    pub state: PathBuf,
    /// File of the keypair.
    pub keypair_path: PathBuf,
    /// Names and stock prices.
    pub market: Market,
    /// The network.
    pub client: Client,
    source: Arc<dyn PriceProvider>,
}

impl Context {
    /// Reads the files; the network is not asked yet.
    ///
    /// # Errors
    /// For files that were named and cannot be read.
    pub fn new(global: Global) -> Result<Self> {
        let home = std::env::home_dir().unwrap_or_default();
        let path = global.config.clone().unwrap_or_else(|| home.join(".config/solana/cli/config.yml"));
        let config = match (path.exists(), &global.config) {
            (true, _) => read_config(&path)?,
            (false, None) => SolanaConfig::default(),
            (false, Some(_)) => {
                return Err(advised(
                    format!("there is no configuration file {}", path.display()),
                    "`evergreen localnet` writes one; `solana config set` another",
                ));
            }
        };
        // Another network has another websocket.
        let websocket = config.websocket_url.filter(|url| global.url.is_none() && !url.is_empty());
        let url = global.url.clone().or(config.json_rpc_url).map_or_else(|| MAINNET.into(), |url| full(&url));
        let state = std::env::var_os("XDG_STATE_HOME").map_or_else(|| home.join(".local/state"), PathBuf::from);
        let keypair = global.keypair.clone().or(config.keypair_path);
        let keypair_path = keypair.unwrap_or_else(|| home.join(".config/solana/id.json"));
        let beside = path.with_file_name("market.json");
        let market = match &global.market {
            Some(named) => Market::read(named)?,
            None if beside.exists() => Market::read(&beside)?,
            None => Market::default(),
        };
        let (client, state) = (Client::new(&url), state.join("evergreen"));
        let source = global.prices.source(global.shard)?;
        Ok(Self { client, global, url, websocket, state, keypair_path, market, source })
    }

    /// The keypair that signs and pays.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn keypair(&self) -> Result<Keypair> {
        solana_keypair::read_keypair_file(&self.keypair_path).map_err(|error| {
            advised(
                format!("reading the keypair {}: {error}", self.keypair_path.display()),
                "name one with --keypair, or make one: solana-keygen new",
            )
        })
    }

    /// The owner asked about: the one named, or the keypair's.
    ///
    /// # Errors
    /// When there is neither.
    pub fn owner(&self, named: Option<Pubkey>) -> Result<Pubkey> {
        named.map_or_else(|| self.keypair().map(|key| key.pubkey()), Ok)
    }

    /// Where prices are read.
    pub fn source(&self) -> &dyn PriceProvider {
        &*self.source
    }

    /// As [`Self::source`], to be kept.
    pub fn shared_source(&self) -> Arc<dyn PriceProvider> {
        self.source.clone()
    }

    /// URL of the network's websocket: the configured one, or the one where Solana's tools look for it.
    ///
    /// # Errors
    /// [`Usage`] for a URL that is none.
    pub fn ws_url(&self) -> Result<String> {
        if let Some(url) = &self.websocket {
            return Ok(url.clone());
        }
        let wrong = || Usage(format!("{} is no URL of a network", self.url));
        let (scheme, rest) = self.url.split_once("://").ok_or_else(wrong)?;
        let scheme = if scheme == "https" { "wss" } else { "ws" };
        // A port of its own beside that of JSON-RPC; none where the default port serves both.
        let port = rest
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host, port.trim_end_matches('/').parse::<u16>().ok()?)));
        Ok(match port {
            Some((host, port)) => format!("{scheme}://{host}:{}", port.checked_add(1).ok_or_else(wrong)?),
            None => format!("{scheme}://{rest}"),
        })
    }

    /// A pool by name, mint or address, as it is now.
    ///
    /// # Errors
    /// When there is none, or the network does not answer.
    pub async fn pool(&self, name: &str) -> Result<PoolContext> {
        let bar = output::progress("reading the pool");
        let mint = self.mint(name).await?;
        let keys = self.client.pool_keys(mint).await?;
        let view = self.client.pool_view(keys, self.source()).await.with_context(|| format!("reading the pool {name}"));
        bar.finish_and_clear();
        let view = view?.value;
        let named = self.market.pools.iter().find(|pool| pool.mint == mint.to_string());
        let price = self.global.stock_price.or_else(|| named.and_then(crate::market::NamedPool::price));
        if price.is_some_and(|price| price <= Decimal::ZERO) {
            return Err(Usage("--stock-price has to be above 0".into()).into());
        }
        let name = match named {
            Some(named) => named.name.clone(),
            None => self.symbol(&mint).await?.unwrap_or_else(|| short(&mint)),
        };
        Ok(PoolContext { view, name, stock_price: price })
    }

    /// The collateral mint of a pool by name, mint or address.
    ///
    /// # Errors
    /// When there is none, or the network does not answer.
    pub async fn mint(&self, name: &str) -> Result<Pubkey> {
        if let Some(named) = self.market.pools.iter().find(|pool| pool.name.eq_ignore_ascii_case(name)) {
            return named.mint.parse().with_context(|| format!("the market file's mint of {name}"));
        }
        if let Ok(key) = name.parse::<Pubkey>() {
            let found = self.client.raw(&[key]).await?.value.into_iter().next().flatten();
            let pool = found.as_ref().and_then(|raw| raw.decode::<Pool>(&key).ok());
            return Ok(pool.map_or(key, |pool| pool.mint));
        }
        for (_, pool) in self.client.find::<Pool>(Filter::ALL).await?.value {
            if self.symbol(&pool.mint).await?.is_some_and(|symbol| symbol.eq_ignore_ascii_case(name)) {
                return Ok(pool.mint);
            }
        }
        let known: Vec<&str> = self.market.pools.iter().map(|pool| pool.name.as_str()).collect();
        let next = if known.is_empty() {
            "give the mint's address, or a --market file with names; `evergreen pool list` shows what there is".into()
        } else {
            format!("the market file knows {}; `evergreen pool list` shows all", known.join(", "))
        };
        Err(advised(format!("there is no pool called {name}"), next))
    }

    /// The symbol that a Token-2022 mint carries itself.
    pub async fn symbol(&self, mint: &Pubkey) -> Result<Option<String>> {
        let found = self.client.raw(&[*mint]).await?.value.into_iter().next().flatten();
        Ok(found.and_then(|raw| {
            let state = StateWithExtensions::<Mint>::unpack(&raw.data).ok()?;
            Some(state.get_variable_len_extension::<TokenMetadata>().ok()?.symbol)
        }))
    }

    /// One account of the program, if it is there.
    ///
    /// # Errors
    /// As [`Client::get_many`].
    pub async fn find<T: Account>(&self, key: &Pubkey) -> Result<Option<Box<T>>> {
        Ok(self.client.get_many::<T>(&[*key]).await?.value.into_iter().next().flatten())
    }
}

/// URL of Solana's public network.
const MAINNET: &str = "https://api.mainnet-beta.solana.com";

fn full(url: &str) -> String {
    match url {
        "mainnet" | "mainnet-beta" | "m" => MAINNET.into(),
        "devnet" | "d" => "https://api.devnet.solana.com".into(),
        "localhost" | "localnet" | "l" => "http://127.0.0.1:8899".into(),
        other => other.into(),
    }
}

fn read_config(path: &Path) -> Result<SolanaConfig> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    serde_yaml::from_str(&text).with_context(|| format!("{} is no configuration file of Solana", path.display()))
}

/// The first and last letters of an address.
pub fn short(key: &Pubkey) -> String {
    let text = key.to_string();
    format!("{}…{}", &text[..4], &text[text.len() - 4..])
}

/// A pool at one moment, with its name and what its stock is worth.
pub struct PoolContext {
    /// The pool with all that quotes need.
    pub view: PoolView,
    /// How people call it.
    pub name: String,
    /// Dollars a token, if known.
    pub stock_price: Option<Decimal>,
}

impl PoolContext {
    /// Addresses.
    pub const fn keys(&self) -> &PoolKeys {
        &self.view.keys
    }

    /// Native units for output.
    pub fn amount(&self, native: i64) -> Amount {
        Amount::new(native, self.view.pool.decimals, self.stock_price, &self.name)
    }

    /// As [`Self::amount`]; beyond what is possible the largest.
    pub fn unsigned(&self, native: u64) -> Amount {
        self.amount(i64::try_from(native).unwrap_or(i64::MAX))
    }

    /// Native units of an amount in tokens as people say it.
    ///
    /// # Errors
    /// [`Usage`] for what is no amount of this token.
    pub fn native(&self, tokens: Decimal) -> Result<u64> {
        let native = convert::native(tokens, self.view.pool.decimals);
        native.map_err(|error| Usage(format!("{tokens} is no amount of {}: {error}", self.name)).into())
    }

    /// As [`Self::native`] of an amount that may be negative.
    ///
    /// # Errors
    /// As [`Self::native`].
    pub fn signed_native(&self, tokens: Decimal) -> Result<i64> {
        let native = i64::try_from(self.native(tokens.abs())?)
            .map_err(|_| Usage(format!("{tokens} {} is too much", self.name)))?;
        Ok(if tokens.is_sign_negative() { -native } else { native })
    }

    /// Symbol of an underlying.
    pub fn symbol(&self, place: u8) -> String {
        self.view.markets.get(usize::from(place)).map_or_else(|| "?".into(), |market| symbol(&market.underlying.symbol))
    }

    /// Place of an underlying by symbol.
    ///
    /// # Errors
    /// [`Usage`] with the symbols that there are.
    pub fn underlying(&self, name: &str) -> Result<u8> {
        let symbols: Vec<String> = self.view.markets.iter().map(|m| symbol(&m.underlying.symbol)).collect();
        let place = symbols.iter().position(|symbol| symbol.eq_ignore_ascii_case(name));
        let place = place.and_then(|place| u8::try_from(place).ok());
        place
            .ok_or_else(|| Usage(format!("{} has no underlying {name}, only {}", self.name, symbols.join(", "))).into())
    }

    /// Points as coins of the underlying where the stock's price is known, otherwise as points.
    pub fn size(&self, points: i64, underlying: u8) -> String {
        self.coins(points).map_or_else(
            || format!("{points} points"),
            |coins| format!("{} {}", coins.round_dp(6).normalize(), self.symbol(underlying)),
        )
    }

    /// Points as coins, if the stock's price is known.
    pub fn coins(&self, points: i64) -> Option<Decimal> {
        let scale = self.view.pool.scale().ok()?;
        convert::size_of_points(Points(points), self.stock_price?, self.view.pool.decimals, scale).ok()
    }

    /// Address of a margin account.
    pub fn account_key(&self, owner: &Pubkey, number: u16) -> Pubkey {
        address::margin_account(&self.keys().pool, owner, number)
    }

    /// A margin account that has to be there.
    ///
    /// # Errors
    /// With the command that opens it.
    pub async fn account(&self, context: &Context, owner: &Pubkey, number: u16) -> Result<Box<MarginAccount>> {
        let key = self.account_key(owner, number);
        context.find::<MarginAccount>(&key).await?.ok_or_else(|| {
            advised(
                format!("{owner} has no account {number} in the pool {}", self.name),
                format!("open it: evergreen account open --pool {}", self.name),
            )
        })
    }
}

/// A symbol without its padding.
pub fn symbol(padded: &[u8; 8]) -> String {
    String::from_utf8_lossy(padded).trim_end_matches('\0').to_owned()
}
