//! A market on a local network, with a sponsor that keeps its prices fresh.

use crate::sponsor::Sponsor;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_localnet::{Client as Localnet, Confirmed, Mint, Network, Options, PythGeneration, StockSpec, feeds};
use evergreen_sdk::{
    accounts, address, anchor_lang,
    client::Client,
    evergreen::state::{PoolParams, Roles, ShareClass},
    instruction::{self as build, PoolKeys, PriceFeed},
    presets,
    price::PythPrograms,
};
use evergreen_test_support::elf::elf_path;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::Duration;

pub use evergreen_test_support::TOKEN;
/// Lamports that a new person gets: ten SOL.
pub const LAMPORTS: u64 = 10 * evergreen_sdk::convert::SOL;

/// A network with the program, BTC and ETH, and one pool with liquidity.
pub struct Market {
    /// The network itself.
    pub network: Network,
    /// The collateral of the pool.
    pub mint: Mint,
    /// Addresses of the pool.
    pub keys: PoolKeys,
    /// BTC and ETH with their price accounts.
    pub feeds: [PriceFeed; 2],
    issuer: Keypair,
    sponsor: Sponsor,
}

impl Market {
    /// Starts a network with everything up to a pool that has 1,000 tokens of main liquidity and 100 of insurance.
    ///
    /// # Panics
    /// If the network refuses.
    pub fn start() -> Self {
        Self::on(|client, issuer| client.create_mint(&issuer.pubkey(), 8).expect("a mint"))
    }

    /// As [`Self::start`], with a tokenized stock as collateral.
    ///
    /// # Panics
    /// If the network refuses.
    pub fn with_stock() -> Self {
        Self::on(|client, issuer| {
            client.create_stock_mint(&StockSpec::new("Tesla xStock", "TSLAx"), issuer).expect("a stock")
        })
    }

    /// As [`Self::start`], on a network that makes a block every 400 ms, as the public ones do.
    ///
    /// # Panics
    /// If the network refuses.
    pub fn by_the_clock() -> Self {
        let mint = |client: &Localnet, issuer: &Keypair| client.create_mint(&issuer.pubkey(), 8).expect("a mint");
        Self::over(Options::default(), mint)
    }

    fn on(collateral: impl FnOnce(&Localnet, &Keypair) -> Mint) -> Self {
        Self::over(Options::fast(), collateral)
    }

    fn over(options: Options, collateral: impl FnOnce(&Localnet, &Keypair) -> Mint) -> Self {
        let network = Network::start(options).expect("a network");
        let (issuer, payer) = (Keypair::new(), network.client().payer().pubkey());
        // The clock of the network begins at the machine's time, and samples wait for a grid of a minute: half a minute after a grid time
        // every test finds the same, whenever it is run.
        let begun = network.client().clock().expect("the clock").unix_timestamp;
        network.client().advance(90 - begun.rem_euclid(60)).expect("the clock moves");
        network.client().deploy(&address::PROGRAM, &elf_path("evergreen"), None).expect("the program");
        let mint = collateral(network.client(), &issuer);
        let keys = PoolKeys::new(mint.address, mint.token_program);
        let price = |feed| PriceFeed {
            underlying: address::underlying(&feed),
            price: PythGeneration::Upgraded.push_feed(0, &feed),
        };
        let feeds = [price(feeds::BTC_USD), price(feeds::ETH_USD)];
        let sponsor = Sponsor::start(network.rpc_url());
        let market = Self { network, mint, keys, feeds, issuer, sponsor };
        market.prices_arrive();
        let roles = Roles { admin: payer, guardian: payer, fee_owner: payer };
        market.send(&[build::initialize_protocol(payer, payer, roles)]);
        for (mut config, feed) in
            [presets::btc(presets::PYTH_RECEIVER), presets::eth(presets::PYTH_RECEIVER)].into_iter().zip(feeds)
        {
            // Nobody waits half an hour for a sample here.
            config.params.vol_min_interval = 60;
            market.send(&[build::create_underlying(payer, payer, feed.price, config)]);
        }
        let underlyings = feeds.map(|feed| feed.underlying);
        // Tests take all of the capital at once.
        let params = PoolParams { growth_limit_bps: 10_000, ..presets::pool_params() };
        market.send(&[build::create_pool(payer, payer, &keys, 3, params, &underlyings)]);
        for (class, tokens) in [(ShareClass::Main, 1_000), (ShareClass::Insurance, 100)] {
            market.fund(&payer, tokens * TOKEN);
            let shares = Mint { address: keys.share_mint(class), token_program: anchor_spl::token::ID, decimals: 8 };
            market.chain().create_token_account(&shares, &payer).expect("a share account");
            // They are the first ones of their class, so they wait for nothing.
            let number = class as u64;
            market.send(&build::deposit_at_once(payer, &keys, class, number, tokens * TOKEN, 1));
        }
        market
    }

    /// Returns the blocking client of the network's own payer.
    pub fn chain(&self) -> &Localnet {
        self.network.client()
    }

    /// Makes a client of the client library for this network.
    pub fn client(&self) -> Client {
        Client::new(&self.network.rpc_url())
    }

    /// Sends instructions in a transaction that the payer signs.
    ///
    /// # Panics
    /// If the network refuses.
    pub fn send(&self, instructions: &[Instruction]) -> Confirmed {
        self.chain().send(instructions, &[]).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Mints native units of the collateral to an owner.
    ///
    /// # Panics
    /// If the network refuses.
    pub fn fund(&self, owner: &Pubkey, amount: u64) {
        self.chain().mint_to(&self.mint, &self.issuer, owner, amount).expect("tokens");
    }

    /// Makes a new person with SOL and this many tokens.
    ///
    /// # Panics
    /// If the network refuses.
    pub fn somebody(&self, tokens: u64) -> Keypair {
        let key = Keypair::new();
        self.chain().airdrop(&key.pubkey(), LAMPORTS).expect("SOL");
        self.fund(&key.pubkey(), tokens * TOKEN);
        key
    }

    /// Makes a new person with a margin account, and this many tokens both in the account and in the wallet.
    ///
    /// # Panics
    /// If the network refuses.
    pub fn trader(&self, tokens: u64) -> (Keypair, Pubkey) {
        let who = self.somebody(2 * tokens);
        let key = address::margin_account(&self.keys.pool, &who.pubkey(), 0);
        let instructions = [
            build::open_margin_account(who.pubkey(), who.pubkey(), &self.keys, 0, None),
            build::deposit_margin(who.pubkey(), &self.keys, key, tokens * TOKEN),
        ];
        self.chain().send_as(&who, &instructions, &[]).unwrap_or_else(|error| panic!("{error}"));
        (who, key)
    }

    /// Deploys the stand-in at the addresses of Pyth's and Wormhole's programs.
    ///
    /// # Panics
    /// If it has not been built.
    pub fn deploy_standin(&self) {
        let elf = elf_path("evergreen_pyth_standin");
        let PythPrograms { receiver, push, wormhole } = PythPrograms::UPGRADED;
        for program in [receiver, push, wormhole] {
            self.chain().deploy(&program, &elf, None).expect("the stand-in");
        }
    }

    /// Has the issuer of the stock name the tests' transfer hook, which asks for the accounts of `list`.
    ///
    /// # Panics
    /// If it has not been built, or the network refuses.
    pub fn name_hook(&self, program: &Pubkey, list: &[u8]) {
        let seeds: [&[u8]; 2] = [b"extra-account-metas", self.mint.address.as_ref()];
        let place = Pubkey::find_program_address(&seeds, program).0;
        self.chain().deploy(program, &elf_path("evergreen_hook"), None).expect("the hook");
        self.chain().set_account(&place, program, list).expect("its list");
        self.chain().set_transfer_hook(&self.mint, &self.issuer, Some(*program)).expect("the issuer names it");
    }

    /// Returns when the volatility of BTC was last sampled, unix seconds.
    ///
    /// # Panics
    /// If there is no such underlying.
    pub fn sample_time(&self) -> i64 {
        let read = self.chain().account(&self.feeds[0].underlying).expect("an answer").expect("the underlying");
        accounts::underlying(&read.data).expect("an underlying").sample_time
    }

    /// Moves the clock forward by this many seconds at once.
    ///
    /// # Panics
    /// If the network refuses.
    pub fn advance(&self, seconds: i64) {
        self.chain().advance(seconds).expect("the clock moves");
    }

    /// Sets whether the sponsor keeps first prices for those who fill commitments, as it does at first. Otherwise somebody else has to
    /// post them.
    pub fn keep_first_prices(&self, keeps: bool) {
        self.sponsor.keep(keeps);
        // What the sponsor is publishing at this moment is published then.
        std::thread::sleep(Duration::from_millis(200));
    }

    /// Moves the price of BTC to this many dollars and gives the sponsor 300 milliseconds to publish it.
    ///
    /// # Panics
    /// If the sponsor's thread has panicked.
    pub fn bitcoin(&self, dollars: i64) {
        self.sponsor.bitcoin(dollars);
        std::thread::sleep(Duration::from_millis(300));
    }

    fn prices_arrive(&self) {
        for _ in 0..100 {
            if self.feeds.iter().all(|feed| self.chain().account(&feed.price).expect("an answer").is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("no price was published");
    }
}
