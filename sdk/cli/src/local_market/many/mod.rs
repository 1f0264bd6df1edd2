//! Many stocks with many pools, made from a seed: mints of both token programs, pools of the protocol and of curators, several pools on one mint, and
//! traders with positions. Everything is made by real transactions, of several pools at a time.

mod traders;

use super::stock::{SCALE, Stock};
use anchor_spl::{
    associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent,
    token::{self, spl_token},
    token_2022::spl_token_2022,
};
use anyhow::{Context, Result};
use evergreen_localnet::{Client, Mint, STOCK_DECIMALS, StockSpec, packed};
use evergreen_sdk::{
    address,
    anchor_lang::{
        prelude::Pubkey,
        solana_program::{instruction::Instruction, program_pack::Pack, system_instruction},
        system_program,
    },
    evergreen::{state::ShareClass, types::PoolParams},
    instruction::{self as build, PoolKeys},
    presets,
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};
use tokio::runtime::Builder;

/// Stocks that are worked on at a time: most of it is waiting for blocks and for prices.
const AT_A_TIME: usize = 16;
/// Tokens of liquidity of each pool: main class, insurance class.
const SEED: [u64; 2] = [2_000, 200];
/// Tokens of every user, of each stock.
const TOKENS: u64 = 1_000;
/// Tokens that trade in one pool at most.
const TRADED: u64 = 20_000;
/// SOL of whoever provides or trades, which pay rent.
const LAMPORTS: u64 = 1_000 * evergreen_sdk::convert::SOL;

/// Who runs a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    /// The protocol's admin.
    Protocol,
    /// Who created it.
    Curator,
}

/// A stock to be made, with its pools.
struct Plan {
    /// Its number, which keys derive from.
    number: usize,
    /// Symbol.
    symbol: String,
    /// Whether it is a Token-2022 mint, with the extensions of an xStock.
    extended: bool,
    /// Display price, dollars.
    price: u32,
    pools: Vec<Run>,
}

/// What is made, and for whom.
pub struct Many<'a> {
    /// URL of the network.
    pub url: &'a str,
    /// Seed of everything.
    pub seed: u64,
    /// Number of pools.
    pub pools: usize,
    /// Number of margin accounts of each pool.
    pub accounts: u16,
    /// Admin of the protocol.
    pub admin: &'a Keypair,
    /// Issuer of every stock.
    pub issuer: &'a Keypair,
    /// Users, who get tokens of every stock.
    pub users: &'a [Pubkey],
}

/// A key that belongs to a seed, a purpose and a number.
fn key(seed: u64, purpose: &str, number: usize) -> Keypair {
    let mut secret = [0; 32];
    secret[..8].copy_from_slice(&seed.to_le_bytes());
    secret[8..16].copy_from_slice(&(number as u64).to_le_bytes());
    for (place, byte) in secret.iter_mut().skip(16).zip(purpose.bytes()) {
        *place = byte;
    }
    Keypair::new_from_array(secret)
}

/// A number from zero to below `bound` that belongs to a seed, a purpose and a number.
fn drawn(seed: u64, purpose: &str, number: usize, bound: u64) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&key(seed, purpose, number).pubkey().to_bytes()[..8]);
    u64::from_le_bytes(first) % bound.max(1)
}

/// Stocks with so many pools together. Of nine stocks one has a pool of the protocol and one of a curator, one has a curator's alone, and the others have one
/// of the protocol.
fn plans(seed: u64, pools: usize) -> Vec<Plan> {
    let mut all = Vec::new();
    let mut left = pools;
    for number in 1.. {
        if left == 0 {
            break;
        }
        let mut runs = match number % 9 {
            3 => vec![Run::Protocol, Run::Curator],
            6 => vec![Run::Curator],
            _ => vec![Run::Protocol],
        };
        runs.truncate(left);
        left -= runs.len();
        let extended = drawn(seed, "kind", number, 2) == 1;
        let ending = if extended { "x" } else { ".M" };
        let symbol = format!("S{number:03}{ending}");
        let price = 20 + drawn(seed, "price", number, 980) as u32;
        all.push(Plan { number, symbol, extended, price, pools: runs });
    }
    all
}

impl Many<'_> {
    /// Makes all of it and returns the stocks in order, one for each pool. `tell` is told how many pools are done.
    ///
    /// # Errors
    /// When the network refuses something; what is being made at that moment is finished or refused before.
    pub fn make(&self, tell: impl Fn(usize) + Sync) -> Result<Vec<Stock>> {
        let plans = plans(self.seed, self.pools);
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let made: Mutex<Vec<Option<Vec<Stock>>>> = Mutex::new(plans.iter().map(|_| None).collect());
        std::thread::scope(|scope| {
            let work = || -> Result<()> {
                let chain = Client::new(self.url, self.issuer.insecure_clone());
                let runtime = Builder::new_current_thread().enable_all().build().context("starting the runtime")?;
                let reader = evergreen_sdk::client::Client::new(self.url).trusting();
                let maker = Maker { many: self, chain, reader, runtime };
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(plan) = plans.get(place) else { return Ok(()) };
                    let stocks = maker.stock(plan).with_context(|| format!("making {}", plan.symbol));
                    if stocks.is_err() {
                        // The others begin nothing new.
                        next.store(plans.len(), Ordering::Relaxed);
                    }
                    let stocks = stocks?;
                    tell(done.fetch_add(stocks.len(), Ordering::Relaxed) + stocks.len());
                    made.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(stocks);
                }
            };
            let threads: Vec<_> = (0..AT_A_TIME.min(plans.len())).map(|_| scope.spawn(work)).collect();
            let ended = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| anyhow::bail!("a panic")));
            ended.collect::<Vec<Result<()>>>().into_iter().collect::<Result<()>>()
        })?;
        let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(made.into_iter().flatten().flatten().collect())
    }
}

/// Makes one stock after the other.
struct Maker<'a> {
    many: &'a Many<'a>,
    chain: Client,
    reader: evergreen_sdk::client::Client,
    runtime: tokio::runtime::Runtime,
}

impl Maker<'_> {
    fn stock(&self, plan: &Plan) -> Result<Vec<Stock>> {
        let mint = self.mint(plan)?;
        let mut stocks = Vec::new();
        for (place, run) in plan.pools.iter().enumerate() {
            // No stock has more than a few pools, so the numbers of keys never meet.
            let number = plan.number * 16 + place;
            let keys = self.pool(&mint, *run, number)?;
            if self.many.accounts > 0 {
                self.traders(&mint, &keys, number)?;
            }
            let program = if plan.extended { "Token-2022 as an xStock" } else { "SPL Token" };
            let (name, kind) = match run {
                Run::Protocol => (plan.symbol.clone(), program.to_owned()),
                Run::Curator => (format!("{}-own", plan.symbol), format!("{program}, a pool of a curator's own")),
            };
            let (mint, pool) = (mint.address.to_string(), keys.pool.to_string());
            stocks.push(Stock { name, mint, kind, price: plan.price, pool });
        }
        Ok(stocks)
    }

    /// The mint, with tokens of all users.
    fn mint(&self, plan: &Plan) -> Result<Mint> {
        let (payer, key) = (self.many.issuer.pubkey(), key(self.many.seed, "mint", plan.number));
        let address = key.pubkey();
        let (mint, create) = if plan.extended {
            let spec = StockSpec::new(&format!("{} stock", plan.symbol), &plan.symbol);
            let rent = self.chain.rent(spec.space()?)?;
            let create = spec.instructions(&payer, &address, &payer, rent)?;
            (Mint { address, token_program: spl_token_2022::ID, decimals: spec.decimals }, create)
        } else {
            let (space, token_program) = (spl_token::state::Mint::LEN, spl_token::ID);
            let rent = self.chain.rent(space)?;
            let account = system_instruction::create_account(&payer, &address, rent, space as u64, &token_program);
            let decimals = STOCK_DECIMALS;
            let initialize =
                spl_token::instruction::initialize_mint2(&token_program, &address, &payer, Some(&payer), decimals)?;
            (Mint { address, token_program, decimals }, vec![account, initialize])
        };
        self.chain.send_batch(self.many.issuer, &[create], &[&key]).context("creating the mint")?;
        let to = self.many.users.iter().map(|user| self.tokens(&mint, user, TOKENS)).collect::<Result<Vec<_>>>()?;
        self.chain.send_batch(self.many.issuer, &packed(&payer, to), &[]).context("giving users tokens")?;
        Ok(mint)
    }

    /// Instructions that give somebody whole tokens.
    fn tokens(&self, mint: &Mint, owner: &Pubkey, whole: u64) -> Result<Vec<Instruction>> {
        let (payer, amount) = (self.many.issuer.pubkey(), mint.units(whole).context("an amount that does not fit")?);
        Ok(mint.mint_to(&payer, &payer, owner, amount)?)
    }

    /// Somebody new with SOL, and with tokens of a stock.
    fn somebody(&self, mint: &Mint, purpose: &str, number: usize, whole: u64) -> Result<Keypair> {
        let key = key(self.many.seed, purpose, number);
        self.chain.set_account_with_lamports(&key.pubkey(), &system_program::ID, &[], LAMPORTS)?;
        let give = self.tokens(mint, &key.pubkey(), whole)?;
        self.chain.send_batch(self.many.issuer, &[give], &[]).with_context(|| format!("tokens for a {purpose}"))?;
        Ok(key)
    }

    /// A pool with liquidity of both classes.
    fn pool(&self, mint: &Mint, run: Run, number: usize) -> Result<PoolKeys> {
        // Each pool has a provider of its own: requests of one are numbered one after the other.
        let provider = self.somebody(mint, "provider", number, SEED.iter().sum())?;
        let me = provider.pubkey();
        let units = |tokens: u64| mint.units(tokens).context("an amount that does not fit");
        let underlyings = [presets::BTC_FEED, presets::ETH_FEED].map(|feed| address::underlying(&feed));
        let [main, insurance] = SEED;
        let (keys, create, first) = match run {
            Run::Protocol => {
                let keys = PoolKeys::new(mint.address, mint.token_program);
                let admin = self.many.admin.pubkey();
                let create = build::create_pool(me, admin, &keys, SCALE, presets::pool_params(), &underlyings);
                (keys, create, vec![(ShareClass::Main, main), (ShareClass::Insurance, insurance)])
            }
            Run::Curator => {
                let keys = PoolKeys::of_creator(mint.address, mint.token_program, me, 0);
                let params = PoolParams { fee_open_bps: 6, curator_bps: 2_000, ..presets::pool_params() };
                let seed = (false, units(main)?);
                let create = build::create_curated_pool(me, &keys, SCALE, seed, params, &underlyings);
                (keys, create, vec![(ShareClass::Insurance, insurance)])
            }
        };
        let mut provide = Vec::new();
        for (number, (class, tokens)) in (0..).zip(first) {
            let shares = keys.share_mint(class);
            provide.push(create_associated_token_account_idempotent(&me, &me, &shares, &token::ID));
            // They are the first ones of their class, so they wait for nothing.
            provide.extend(build::deposit_at_once(me, &keys, class, number, units(tokens)?, 1));
        }
        let signers: &[&dyn Signer] = if run == Run::Protocol { &[self.many.admin] } else { &[] };
        self.chain.send_batch(&provider, &[vec![create]], signers).context("creating a pool")?;
        self.chain.send_batch(&provider, &[provide], &[]).context("providing liquidity")?;
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Market, NamedPool};

    #[test]
    fn stocks_of_a_seed_are_the_same_and_have_all_kinds() {
        let (one, again) = (plans(7, 198), plans(7, 198));
        let told = |plans: &[Plan]| -> Vec<(String, u32, Vec<Run>)> {
            plans.iter().map(|plan| (plan.symbol.clone(), plan.price, plan.pools.clone())).collect()
        };
        assert_eq!(told(&one), told(&again));
        assert_ne!(told(&one), told(&plans(8, 198)));
        assert_eq!(one.iter().map(|plan| plan.pools.len()).sum::<usize>(), 198);
        let of = |runs: &[Run]| one.iter().filter(|plan| plan.pools == runs).count();
        assert!(of(&[Run::Protocol, Run::Curator]) >= 20 && of(&[Run::Curator]) >= 20);
        let extended = one.iter().filter(|plan| plan.extended).count();
        assert!(extended > one.len() / 3 && extended < one.len() * 2 / 3, "{extended} of {}", one.len());
        assert_eq!(key(7, "mint", 1).pubkey(), key(7, "mint", 1).pubkey());
        assert_ne!(key(7, "mint", 1).pubkey(), key(7, "mint", 2).pubkey());
    }

    #[test]
    fn the_names_of_a_thousand_pools_pass_for_no_others() {
        let mint = |number: usize| key(1, "mint", number).pubkey().to_string();
        let mut pools: Vec<NamedPool> = Vec::new();
        for plan in plans(1, 1_000) {
            for run in &plan.pools {
                let own = *run == Run::Curator;
                pools.push(NamedPool {
                    name: if own { format!("{}-own", plan.symbol) } else { plan.symbol.clone() },
                    mint: mint(plan.number),
                    pool: own.then(|| key(1, "provider", plan.number).pubkey().to_string()),
                    ..NamedPool::default()
                });
            }
        }
        assert_eq!(pools.len(), 1_000);
        let folder = std::env::temp_dir().join(format!("evergreen-names-{}", std::process::id()));
        std::fs::write(&folder, serde_json::to_string(&Market { pools }).expect("JSON")).expect("a file");
        let read = Market::read(&folder);
        std::fs::remove_file(&folder).expect("the file");
        assert_eq!(read.expect("a market").pools.len(), 1_000);
    }
}
