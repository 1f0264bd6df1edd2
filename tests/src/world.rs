//! A chain with the program, two underlyings and two pools, and one method for each thing that people do there.

pub use crate::setup::{BTC, CLASSIC, DAY, DOLLAR, ETH, HALF_HOUR, HOUR, STOCK, Setup, TENTH, TOKEN};
use crate::{
    chain::{Chain, actor},
    feed::Feed,
    invariants::{self, Check, Outside, round_trips},
    outcome::{Outcome, assert_error},
    replay::Replay,
    seizures,
    snapshot::{PoolView, Snapshot},
    tokens::{Mint, transfer_instruction},
    valuation::Markets,
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    address,
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{MarginAccount, Roles, SeriesId, SeriesSpec, ShareClass, UnderlyingConfig},
    },
    instruction::{self as build, PoolKeys},
    testing::pyth::Price,
};
use std::collections::BTreeMap;

/// A chain with the program, its underlyings, mints and pools. Every transaction is followed by a check of all invariants.
#[derive(Clone)]
pub struct World {
    /// The chain.
    pub chain: Chain,
    /// Price feeds of BTC and ETH.
    pub feeds: Vec<Feed>,
    /// Mints of the pools' collateral: the classic one, the stock's, then those that a test adds.
    pub mints: Vec<Mint>,
    /// Addresses of the pools, in the order of [`World::mints`].
    pub pools: Vec<PoolKeys>,
    /// Tokens and shares that moved without the program.
    pub outside: Outside,
    sent: u32,
    /// Number of successful transactions from one check of round trips to the next. The check undoes in a simulation what the
    /// last transaction traded, and asserts that nobody profits.
    pub round_trip_every: u32,
    /// Number of trades that were undone.
    pub round_trips: u32,
    /// By pool, how many roundings may have left one native unit each: one for every margin account ever opened and for every
    /// executed part of an insurance withdrawal.
    pub roundings: BTreeMap<Pubkey, u64>,
    /// Balances and positions rebuilt from the log. It is `None` in a world with accounts that no log has told of.
    pub replay: Option<Replay>,
    /// Who gives the tokens of a mint that nobody mints at will, because they are shares of a pool.
    pub givers: BTreeMap<Pubkey, &'static str>,
    /// Whether the averages of prices lag as Pyth's do. Otherwise they are what a test sets.
    pub lags: bool,
    /// Whether somebody takes the volatility samples that fills and liquidity wait for.
    pub sampled: bool,
    /// Whether every transaction is followed by a check of all invariants and of the replay. Tests about something else that send very many do without.
    pub checked: bool,
}

impl World {
    /// Makes a world with flat volatility, BTC at 100,000 and ETH at 4,000 dollars.
    pub fn flat() -> Self {
        Self::new(Setup::flat())
    }

    /// Makes a world whose averages lag as Pyth's do, with BTC at 100,000 and ETH at 4,000 dollars.
    pub fn lagging(setup: Setup) -> Self {
        Self { lags: true, ..Self::new(setup) }
    }

    /// Makes a world with BTC at 100,000 and ETH at 4,000 dollars.
    pub fn new(setup: Setup) -> Self {
        let mut world = Self::bare();
        world.initialize();
        for (config, dollars) in [(setup.btc, 100_000), (setup.eth, 4_000)] {
            let feed = world.new_feed(&config, dollars);
            let create =
                build::create_underlying(world.chain.payer, actor("admin"), feed.accounts.price, config.clone());
            world.feeds.push(feed);
            world.send(create).ok();
        }
        for place in [CLASSIC, STOCK] {
            let keys = world.pools[place];
            let underlyings: Vec<_> = world.feeds.iter().map(|feed| feed.accounts.underlying).collect();
            let create = build::create_pool(world.chain.payer, actor("admin"), &keys, 3, setup.pool, &underlyings);
            world.send(create).ok();
            if setup.liquidity > 0 {
                world.provide("lp", place, ShareClass::Main, setup.liquidity).ok();
            }
            if setup.insurance > 0 {
                world.provide("insurer", place, ShareClass::Insurance, setup.insurance).ok();
            }
        }
        world
    }

    /// Makes a world with the program and two mints, but without protocol, underlyings and pools.
    pub fn bare() -> Self {
        let mut chain = Chain::new();
        let mints = vec![chain.create_classic_mint("TSLA.M", 8), chain.create_stock_mint("TSLAx")];
        let pools = mints.iter().map(|mint| PoolKeys::new(mint.address, mint.program)).collect();
        Self {
            chain,
            feeds: Vec::new(),
            mints,
            pools,
            outside: Outside::new(),
            sent: 0,
            round_trip_every: 1,
            round_trips: 0,
            roundings: BTreeMap::new(),
            replay: Some(Replay::default()),
            givers: BTreeMap::new(),
            lags: false,
            sampled: true,
            checked: true,
        }
    }

    /// Creates the protocol.
    pub fn initialize(&mut self) {
        let roles = Roles { admin: actor("admin"), guardian: actor("guardian"), fee_owner: actor("fees") };
        let create = build::initialize_protocol(self.chain.payer, self.chain.upgrade_authority, roles);
        self.send(create).ok();
    }

    /// Writes the price account of an underlying, which need not exist yet: whole dollars, confidence zero.
    pub fn new_feed(&mut self, config: &UnderlyingConfig, dollars: i64) -> Feed {
        let mut price = Price::new(config.feed_id, dollars * DOLLAR, self.chain.now());
        price.conf = 0;
        let feed = Feed::new(config, price);
        self.chain.write(feed.accounts.price, feed.owner, feed.encode(self.chain.slot()));
        feed
    }

    // Transactions.

    /// Sends an instruction and checks the invariants.
    #[track_caller]
    pub fn send(&mut self, instruction: Instruction) -> Outcome {
        self.send_all(&[instruction])
    }

    /// Sends instructions in one transaction and checks the invariants. Where it waits for volatility samples, somebody takes them, and it is sent again.
    #[track_caller]
    pub fn send_all(&mut self, instructions: &[Instruction]) -> Outcome {
        let outcome = self.send_as_it_is(instructions);
        if !self.sampled || outcome.code != Some(EvergreenError::SampleDue.into()) {
            return outcome;
        }
        for sample in self.due_samples() {
            self.send_as_it_is(&[sample]);
        }
        self.send_as_it_is(instructions)
    }

    #[track_caller]
    fn send_as_it_is(&mut self, instructions: &[Instruction]) -> Outcome {
        if !self.checked {
            return self.chain.send(instructions);
        }
        let before = self.snapshot();
        let outcome = self.chain.send(instructions);
        let after = self.snapshot();
        seizures::follow(&mut self.outside, &before.pools(), &outcome);
        if let (true, Some(replay)) = (outcome.succeeded(), &mut self.replay) {
            replay.apply(&outcome.events());
            replay.check(&after);
        }
        let named = instructions.iter().flat_map(|i| &i.accounts).map(|meta| meta.pubkey);
        let published = named.filter_map(|key| Some((key, self.chain.account(&key)?))).collect();
        invariants::check(&Check {
            before: &before,
            after: &after,
            instructions,
            outcome: &outcome,
            prices: &self.prices(),
            published: &published,
            outside: &self.outside,
        });
        if outcome.succeeded() {
            for event in outcome.events() {
                match event {
                    Event::MarginAccountOpened(e) => *self.roundings.entry(e.pool).or_default() += 1,
                    Event::SharesRenewed(e) => {
                        let keys = self.pools.iter_mut().find(|keys| keys.pool == e.pool).expect("the pool");
                        keys.generations[e.class as usize] = e.generation + 1;
                    }
                    Event::WithdrawalExecuted(e) if e.class == ShareClass::Insurance => {
                        *self.roundings.entry(e.pool).or_default() += 1;
                    }
                    _ => {}
                }
            }
            self.sent += 1;
            if self.sent.is_multiple_of(self.round_trip_every) {
                self.round_trips += round_trips::check(&self.chain, &before, &after, &outcome, &self.feeds);
            }
        }
        outcome
    }

    /// Sends an instruction and asserts that it fails with this error and changes nothing.
    #[track_caller]
    pub fn refused(&mut self, instruction: Instruction, error: impl Into<u32> + core::fmt::Debug) {
        let outcome = self.send(instruction);
        assert_error(&outcome, error);
    }

    /// Returns all accounts as they are now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.chain)
    }

    /// Returns a pool with all that belongs to it.
    pub fn view(&self, pool: usize) -> PoolView {
        let keys = &self.pools[pool];
        let all = Snapshot::of_pool(&self.chain, keys).pools();
        all.into_iter().find(|view| view.key == keys.pool).expect("the pool")
    }

    /// Passes a pool and its markets, valued at the present prices, to `value`, and returns the result.
    pub fn valued<T>(&self, pool: usize, value: impl FnOnce(&PoolView, &Markets) -> T) -> T {
        let (snapshot, view) = (self.snapshot(), self.view(pool));
        value(&view, &Markets::new(&view, &snapshot, &self.prices()))
    }

    // Tokens.

    /// Mints tokens to somebody, in native units.
    pub fn fund(&mut self, who: &str, pool: usize, amount: u64) {
        self.give(self.mints[pool], &actor(who), amount);
    }

    /// Gives an owner native units of a mint: new ones, or shares of a pool out of what their giver has.
    ///
    /// # Panics
    /// If the giver has not so many.
    pub fn give(&mut self, mint: Mint, owner: &Pubkey, amount: u64) {
        let Some(giver) = self.givers.get(&mint.address).copied() else {
            self.chain.mint_to(&mint, owner, amount);
            return;
        };
        let to = self.chain.create_token_account(owner, &mint.address, &mint.program);
        let from = mint.account_of(&actor(giver));
        if from != to {
            self.send(transfer_instruction(&mint, &from, &to, &actor(giver), amount)).ok();
        }
    }

    /// Returns the native units in somebody's wallet.
    pub fn wallet(&self, who: &str, pool: usize) -> u64 {
        self.chain.balance(&self.pools[pool].wallet(&actor(who)))
    }

    /// Transfers native units to a vault without the program.
    pub fn donate(&mut self, who: &str, pool: usize, vault: Pubkey, amount: u64) {
        let (mint, donor) = (self.mints[pool], actor(who));
        let transfer = transfer_instruction(&mint, &mint.account_of(&donor), &vault, &donor, amount);
        *self.outside.entry(vault).or_default() += i128::from(amount);
        self.send(transfer).ok();
    }

    // Liquidity providers.

    /// Mints tokens to somebody and deposits them as liquidity, in native units.
    #[track_caller]
    pub fn provide(&mut self, who: &str, pool: usize, class: ShareClass, amount: u64) -> Outcome {
        self.fund(who, pool, amount);
        let (keys, owner) = (self.pools[pool], actor(who));
        let share_mint = keys.share_mint(class);
        self.chain.create_token_account(&owner, &share_mint, &anchor_spl::token::ID);
        self.deposit_in(who, pool, class, amount, 0)
    }

    /// Returns the shares that somebody has.
    pub fn shares(&self, who: &str, pool: usize, class: ShareClass) -> u64 {
        self.chain.balance(&self.pools[pool].shares(&actor(who), class))
    }

    /// Requests a withdrawal, which burns the shares, and returns its number.
    #[track_caller]
    pub fn request(&mut self, who: &str, pool: usize, class: ShareClass, shares: u64) -> u64 {
        self.chain.give_lamports(&actor(who), 10_000_000_000);
        let number = self.view(pool).pool.shares(class).next_withdrawal;
        let (keys, owner, id) = (self.pools[pool], actor(who), self.next_number(who));
        self.send(build::request_withdrawal(owner, &keys, class, id, shares, 1)).ok();
        number
    }

    /// Returns the address of the withdrawal at a place of a queue; the default key where there is none.
    pub fn withdrawal(&self, pool: usize, class: ShareClass, number: u64) -> Pubkey {
        let view = self.view(pool);
        let mut all = view.withdrawals.iter();
        all.find(|(_, w)| w.number == number && w.share_class() == class).map_or_else(Pubkey::default, |(key, _)| *key)
    }

    /// Claims what an executed withdrawal pays.
    #[track_caller]
    pub fn claim(&mut self, who: &str, pool: usize, class: ShareClass, number: u64) -> Outcome {
        let keys = self.pools[pool];
        self.send(build::claim_liquidity(actor(who), &keys, class, self.withdrawal(pool, class, number)))
    }

    // Traders.

    /// Returns the address of somebody's margin account.
    pub fn account_key(&self, who: &str, pool: usize) -> Pubkey {
        address::margin_account(&self.pools[pool].pool, &actor(who), 0)
    }

    /// Returns somebody's margin account.
    pub fn account(&self, who: &str, pool: usize) -> Box<MarginAccount> {
        evergreen_sdk::accounts::margin_account(&self.chain.data(&self.account_key(who, pool))).expect("an account")
    }

    /// Returns the cash of somebody's margin account, native units.
    pub fn cash(&self, who: &str, pool: usize) -> i64 {
        self.account(who, pool).cash
    }

    /// Opens a margin account, mints `cash` native units to its owner and deposits them.
    #[track_caller]
    pub fn trader(&mut self, who: &str, pool: usize, cash: u64) -> Pubkey {
        let keys = self.pools[pool];
        let open = build::open_margin_account(self.chain.payer, actor(who), &keys, 0, None);
        self.send(open).ok();
        self.fund(who, pool, cash.max(1));
        if cash > 0 {
            self.deposit(who, pool, cash).ok();
        }
        self.account_key(who, pool)
    }

    /// Deposits native units of somebody's wallet into the margin account.
    #[track_caller]
    pub fn deposit(&mut self, who: &str, pool: usize, amount: u64) -> Outcome {
        let keys = self.pools[pool];
        self.send(build::deposit_margin(actor(who), &keys, self.account_key(who, pool), amount))
    }

    /// Withdraws native units of cash from somebody's margin account.
    #[track_caller]
    pub fn withdraw(&mut self, who: &str, pool: usize, amount: u64) -> Outcome {
        let (keys, feeds) = (self.pools[pool], self.markets());
        self.send(build::withdraw_margin(actor(who), &keys, self.account_key(who, pool), amount, &feeds))
    }

    /// Lists a series of 7 days.
    #[track_caller]
    pub fn list(&mut self, pool: usize, market: usize, put: bool, strike: u64) -> SeriesId {
        self.list_tenor(pool, market, put, strike, 7)
    }

    /// Lists a series with a tenor in days and a strike in dollars.
    #[track_caller]
    pub fn list_tenor(&mut self, pool: usize, market: usize, put: bool, strike: u64, days: u32) -> SeriesId {
        let request = SeriesSpec { put, strike, tenor: days * 86_400 };
        let keys = self.pools[pool];
        let list = build::list_series(&keys, &self.feeds[market].accounts, request);
        let listed = |event: &Event| if let Event::SeriesListed(e) = event { Some(e.series) } else { None };
        self.send(list).ok().event(listed)
    }
}
