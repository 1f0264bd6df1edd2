//! Program, protocol, stocks, pools, users: in few transactions, because each takes half a second.

use super::{
    many::Many,
    stock::{SCALE, Stock},
};
use crate::market::{Market, NamedPool};
use anchor_spl::{
    associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent, token,
};
use anyhow::{Context, Result};
use evergreen_localnet::{Client, Mint, PythGeneration, STOCK_DECIMALS, StockSpec};
use evergreen_sdk::{
    accounts, address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction, system_program},
    evergreen::{
        state::{Roles, ShareClass},
        types::PoolParams,
    },
    instruction::{self as build, PoolKeys},
    presets,
};
use serde::{Deserialize, Serialize};
use solana_keypair::{Keypair, read_keypair_file, write_keypair_file};
use solana_signer::Signer;
use std::path::{Path, PathBuf};

/// Names of those who have keys in the folder.
pub const PEOPLE: [&str; 5] = ["admin", "issuer", "alice", "bob", "lena"];
/// Names of those who trade and provide liquidity; `alice` is in the configuration.
const USERS: [&str; 3] = ["alice", "bob", "lena"];
/// SOL of everybody.
const LAMPORTS: u64 = 100 * evergreen_sdk::convert::SOL;
/// Tokens of every user, of each stock.
const TOKENS: u64 = 1_000;
/// Tokens of the first provider of liquidity: main class, insurance class.
const SEED: [u64; 2] = [2_000, 200];
/// Tokens of a curated pool: what stays in the main class, insurance class.
const CURATED_SEED: [u64; 2] = [300, 30];
/// Number of the pools that every market has.
pub const FIRST: u16 = 2;
/// Number of margin accounts in each of the pools beyond them, where nothing else is said: one that buys, and one that writes.
pub const TRADERS: u16 = 2;
/// Who has a pool of their own.
const CURATOR: &str = "lena";

/// A user of the local market.
#[derive(Debug, Clone, Serialize)]
pub struct User {
    /// Name.
    pub name: &'static str,
    /// Address.
    pub address: String,
    /// File of the keypair.
    pub keypair: String,
}

/// How large a market is. Keys of whoever provides and trades beyond the first pools derive from the seed, so that no file has to name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Seed of what is made beyond the first two pools.
    pub seed: u64,
    /// Number of pools, those of the first two stocks among them.
    pub pools: u16,
    /// Number of margin accounts with positions in each pool beyond the first two.
    pub accounts: u16,
}

/// What is set up where.
pub struct Setup<'a> {
    /// The network, with a rich payer.
    pub chain: &'a Client,
    /// Where files are written.
    pub folder: &'a Path,
    /// Without protocol and pools.
    pub bare: bool,
    /// With a pool of a curator, too.
    pub curated: bool,
    /// With new keys, whatever the folder has.
    pub fresh: bool,
    /// URL of the network.
    pub url: &'a str,
    /// Number of pools, and what is made beyond the first two.
    pub size: Size,
}

impl Setup<'_> {
    /// Sets up everything; returns the stocks.
    ///
    /// # Errors
    /// When the program is missing, the folder cannot be written, or the network refuses something.
    pub fn play(&self, program: &Path, tell: impl Fn(usize) + Sync) -> Result<Vec<Stock>> {
        std::fs::create_dir_all(self.folder).with_context(|| format!("making {}", self.folder.display()))?;
        let (admin, issuer) = (self.person("admin")?, self.person("issuer")?);
        let deploy = self.chain.deploy(&address::PROGRAM, program, Some(&admin.pubkey()));
        deploy.with_context(|| format!("the program {}; `cargo xtask build` makes it", program.display()))?;
        let mut people = Vec::new();
        for name in USERS {
            people.push((name, self.person(name)?));
        }
        let classic = self.chain.create_mint(&issuer.pubkey(), STOCK_DECIMALS)?;
        let extended = self.chain.create_stock_mint(&StockSpec::new("Circle xStock", "CRCLx"), &issuer)?;
        let stocks = [("TSLA.M", classic, "SPL Token", 300), ("CRCLx", extended, "Token-2022 as an xStock", 120)];
        for (_, mint, _, _) in &stocks {
            let mut all: Vec<(Pubkey, u64)> = people.iter().map(|(_, key)| (key.pubkey(), TOKENS)).collect();
            all.push((admin.pubkey(), SEED.iter().sum()));
            self.hand_out(mint, &issuer, &all)?;
        }
        if !self.bare {
            self.protocol(&admin)?;
            for (_, mint, _, _) in &stocks {
                self.pool(mint, &admin)?;
            }
        }
        let stock = |name: &str, mint: &Mint, kind: &str, price, pool: Pubkey| Stock {
            name: name.to_owned(),
            mint: mint.address.to_string(),
            kind: kind.to_owned(),
            price,
            pool: pool.to_string(),
        };
        let mut stocks: Vec<Stock> = stocks
            .iter()
            .map(|(name, mint, kind, price)| stock(name, mint, kind, *price, address::pool(&mint.address)))
            .collect();
        if self.curated {
            let curator = people.iter().find(|(name, _)| *name == CURATOR).context("a curator")?;
            let pool = self.curated_pool(&extended, &curator.1)?;
            stocks.push(stock("CRCLx-lena", &extended, "Token-2022, a pool of lena's own", 120, pool));
        }
        if !self.bare && self.size.pools > FIRST {
            let users: Vec<Pubkey> = people.iter().map(|(_, key)| key.pubkey()).collect();
            let many = Many {
                url: self.url,
                seed: self.size.seed,
                pools: usize::from(self.size.pools - FIRST),
                accounts: self.size.accounts,
                admin: &admin,
                issuer: &issuer,
                users: &users,
            };
            stocks.extend(many.make(|done| tell(usize::from(FIRST) + done))?);
        }
        Ok(stocks)
    }

    /// Those who trade, provide liquidity and administrate, by the keys in the folder.
    ///
    /// # Errors
    /// When a key cannot be read.
    pub fn users(&self) -> Result<Vec<User>> {
        let user = |name: &'static str| -> Result<User> {
            let path = self.file(&format!("{name}.json"));
            let key = read_key(&path)?;
            Ok(User { name, address: key.pubkey().to_string(), keypair: path.display().to_string() })
        };
        USERS.into_iter().chain(["admin"]).map(user).collect()
    }

    /// Configuration and market file; the configuration's name.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write_files(&self, rpc_url: &str, ws_url: &str, stocks: &[Stock]) -> Result<PathBuf> {
        let folder = std::fs::canonicalize(self.folder)?;
        let config = serde_json::json!({
            "json_rpc_url": rpc_url,
            "websocket_url": ws_url,
            "keypair_path": folder.join("alice.json"),
            "commitment": "confirmed",
        });
        let path = folder.join("config.yml");
        write(&path, &serde_yaml::to_string(&config)?)?;
        let named = |stock: &Stock| NamedPool {
            name: stock.name.clone(),
            mint: stock.mint.clone(),
            // A market file names a pool by its mint, or where it is not the protocol's by its address.
            pool: (stock.mint.parse().map(|mint| address::pool(&mint).to_string()) != Ok(stock.pool.clone()))
                .then(|| stock.pool.clone()),
            stock_price: Some(stock.price.to_string()),
            ..NamedPool::default()
        };
        let market = Market { pools: stocks.iter().map(named).collect() };
        write(&folder.join("market.json"), &serde_json::to_string_pretty(&market)?)?;
        Ok(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The key that the folder has, or a new one, with SOL.
    fn person(&self, name: &str) -> Result<Keypair> {
        let path = self.file(&format!("{name}.json"));
        let key = if path.exists() && !self.fresh {
            read_key(&path)?
        } else {
            let key = Keypair::new();
            if let Err(error) = write_keypair_file(&key, &path) {
                anyhow::bail!("writing {}: {error}", path.display());
            }
            key
        };
        self.chain.set_account_with_lamports(&key.pubkey(), &system_program::ID, &[], LAMPORTS)?;
        Ok(key)
    }

    fn hand_out(&self, mint: &Mint, issuer: &Keypair, to: &[(Pubkey, u64)]) -> Result<()> {
        let payer = self.chain.payer().pubkey();
        let mut instructions = Vec::new();
        for (owner, tokens) in to {
            let amount = mint.units(*tokens).context("an amount that does not fit")?;
            instructions.extend(mint.mint_to(&payer, &issuer.pubkey(), owner, amount)?);
        }
        self.chain.send(&instructions, &[issuer]).context("minting").map(drop)
    }

    fn protocol(&self, admin: &Keypair) -> Result<()> {
        let me = admin.pubkey();
        let mut instructions =
            vec![build::initialize_protocol(me, me, Roles { admin: me, guardian: me, fee_owner: me })];
        for config in [presets::btc(presets::PYTH_RECEIVER), presets::eth(presets::PYTH_RECEIVER)] {
            let config = presets::made_up(config);
            let price = PythGeneration::Upgraded.push_feed(0, &config.feed_id);
            instructions.push(build::create_underlying(me, me, price, config));
        }
        self.send(admin, &instructions).context("creating protocol and underlyings")
    }

    fn pool(&self, mint: &Mint, admin: &Keypair) -> Result<()> {
        let me = admin.pubkey();
        let keys = PoolKeys::new(mint.address, mint.token_program);
        let underlyings = [presets::BTC_FEED, presets::ETH_FEED].map(|feed| address::underlying(&feed));
        let create = build::create_pool(me, me, &keys, SCALE, presets::pool_params(), &underlyings);
        self.send(admin, &[create]).context("creating a pool")?;
        let mut instructions = Vec::new();
        // The counter is opened by the first request.
        let counter = self.chain.account_data(&address::counter(&me)).ok();
        let number = counter.and_then(|data| accounts::counter(&data).ok()).map_or(0, |counter| counter.next_number);
        for (number, (class, tokens)) in (number..).zip([ShareClass::Main, ShareClass::Insurance].into_iter().zip(SEED))
        {
            let shares = keys.share_mint(class);
            instructions.push(create_associated_token_account_idempotent(&me, &me, &shares, &token::ID));
            let amount = mint.units(tokens).context("an amount that does not fit")?;
            // They are the first ones of their class, so they wait for nothing.
            instructions.extend(build::deposit_at_once(me, &keys, class, number, amount, 1));
        }
        self.send(admin, &instructions).context("providing liquidity")
    }

    /// A pool of somebody without a role; what stays in its main class for good is its whole liquidity.
    fn curated_pool(&self, mint: &Mint, curator: &Keypair) -> Result<Pubkey> {
        let me = curator.pubkey();
        let keys = PoolKeys::of_creator(mint.address, mint.token_program, me, 0);
        let underlyings = [presets::BTC_FEED, presets::ETH_FEED].map(|feed| address::underlying(&feed));
        let [main, insurance] = CURATED_SEED.map(|tokens| mint.units(tokens).context("an amount that does not fit"));
        let params = PoolParams { fee_open_bps: 6, curator_bps: 2_000, ..presets::pool_params() };
        let create = build::create_curated_pool(me, &keys, SCALE, (false, main?), params, &underlyings);
        self.send(curator, &[create]).context("creating a curated pool")?;
        let (class, shares) = (ShareClass::Insurance, keys.share_mint(ShareClass::Insurance));
        let mut instructions = vec![create_associated_token_account_idempotent(&me, &me, &shares, &token::ID)];
        instructions.extend(build::deposit_at_once(me, &keys, class, 0, insurance?, 1));
        self.send(curator, &instructions).context("insuring a curated pool")?;
        Ok(keys.pool)
    }

    fn send(&self, admin: &Keypair, instructions: &[Instruction]) -> Result<()> {
        Ok(self.chain.send_as(admin, instructions, &[]).map(drop)?)
    }
}

/// The keypair in a file.
///
/// # Errors
/// When it cannot be read.
pub fn read_key(path: &Path) -> Result<Keypair> {
    read_keypair_file(path).map_err(|error| anyhow::anyhow!("reading the key {}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}
