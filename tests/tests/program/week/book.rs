//! An account book by double entry, which is kept from events and compared with token balances and accounts: it shows what
//! everybody has and why.

use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{events::Event, evergreen::state::ShareClass};
use evergreen_tests::{World, chain::actor};
use std::collections::BTreeMap;

/// The holder of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Tokens that somebody has received from the protocol, less those paid in.
    Wallet(Pubkey),
    /// Cash of all margin accounts that somebody has.
    Margin(Pubkey),
    /// Amounts of somebody's withdrawals that are executed and not yet claimed.
    LiquidityRequest(Pubkey),
    /// A referrer's unclaimed shares of fees.
    Referral(Pubkey),
    /// The main class.
    Main,
    /// The insurance class, its income in the main vault included.
    Insurance,
    /// The protocol's fees.
    Protocol,
    /// Tips set aside for keepers.
    Tips,
}

/// The reason why an amount moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Tokens that are moved into or out of margin, which is no gain.
    Margin,
    Premium,
    Fee,
    Funding,
    Payoff,
    /// Penalties of liquidations and what liquidators earn.
    Penalty,
    BadDebt,
    Tip,
    Referral,
    Liquidity,
    Collected,
}

const CAUSES: [Cause; 10] = [
    Cause::Premium,
    Cause::Fee,
    Cause::Funding,
    Cause::Payoff,
    Cause::Penalty,
    Cause::BadDebt,
    Cause::Tip,
    Cause::Referral,
    Cause::Liquidity,
    Cause::Collected,
];

struct Owner {
    pool: Pubkey,
    owner: Pubkey,
    referrer: Pubkey,
}

/// The account book.
#[derive(Default)]
pub struct AccountBook {
    entries: BTreeMap<(Pubkey, Place), BTreeMap<Cause, i128>>,
    /// Tokens that somebody was given outside the protocol, in native units, by pool and name.
    given: BTreeMap<(Pubkey, &'static str), u64>,
    accounts: BTreeMap<Pubkey, Owner>,
    orders: BTreeMap<Pubkey, u64>,
    /// Tips of committed trades, by margin account.
    commitments: BTreeMap<Pubkey, u64>,
    /// Who has a stake on the commitment of an account.
    committers: BTreeMap<Pubkey, Pubkey>,
    /// Owner and remaining shares of each withdrawal, by pool, class and number.
    withdrawals: BTreeMap<(Pubkey, u8, u64), (Pubkey, u64)>,
    /// How often each kind of event has happened.
    pub counts: BTreeMap<String, u32>,
}

impl AccountBook {
    /// Adds to the tokens, in native units, that somebody was given outside the protocol.
    pub fn give(&mut self, pool: Pubkey, who: &'static str, amount: u64) {
        *self.given.entry((pool, who)).or_default() += amount;
    }

    /// Adds one to the count of this name.
    pub fn count(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }

    /// Returns the number of margin accounts ever opened in a pool.
    pub fn opened(&self, pool: Pubkey) -> usize {
        self.accounts.values().filter(|account| account.pool == pool).count()
    }

    fn post(&mut self, pool: Pubkey, from: Place, to: Place, cause: Cause, amount: i128) {
        *self.entries.entry((pool, from)).or_default().entry(cause).or_default() -= amount;
        *self.entries.entry((pool, to)).or_default().entry(cause).or_default() += amount;
    }

    /// Returns the pool of a margin account and the place of its owner's cash.
    fn margin(&self, account: &Pubkey) -> (Pubkey, Place) {
        let known = &self.accounts[account];
        (known.pool, Place::Margin(known.owner))
    }

    /// Enters the events of a transaction.
    pub fn take(&mut self, events: &[Event]) {
        for event in events {
            let name = format!("{event:?}");
            self.count(name.split('(').next().expect("a name"));
            self.trading(event);
            self.service(event);
        }
    }

    fn trading(&mut self, event: &Event) {
        match event {
            Event::MarginAccountOpened(e) => {
                self.accounts.insert(e.account, Owner { pool: e.pool, owner: e.owner, referrer: e.referrer });
            }
            Event::MarginMoved(e) => {
                let (pool, cash) = self.margin(&e.account);
                let wallet = Place::Wallet(self.accounts[&e.account].owner);
                self.post(pool, wallet, cash, Cause::Margin, e.amount.into());
            }
            Event::FundingSettled(e) => self.main_pays(&e.account, Cause::Funding, e.amount),
            Event::PositionSettled(e) => self.main_pays(&e.account, Cause::Payoff, e.amount),
            Event::LegFilled(e) => {
                self.main_pays(&e.account, Cause::Premium, e.premium);
                self.fee(&e.account, e.fee, [e.fee_insurance, e.fee_protocol, e.fee_referrer]);
            }
            Event::TradeCommitted(e) => {
                if e.trader == actor("dora") {
                    self.count("TradeCommitted by a delegate");
                }
                let (pool, cash) = self.margin(&e.account);
                self.commitments.insert(e.account, e.tip);
                self.committers.extend(e.committer_account.map(|committer| (e.account, committer)));
                self.post(pool, cash, Place::Tips, Cause::Tip, e.tip.into());
            }
            Event::CommitmentFilled(e) => self.end_commitment(e.account, e.filler_account, e.tip),
            Event::CommitmentCancelled(e) => {
                self.count(&format!("CommitmentCancelled {:?}", e.reason));
                self.fee(&e.account, e.fee, [0; 3]);
                if e.forfeited > 0 {
                    let (pool, cash) = self.margin(&e.account);
                    let (_, committer) = self.margin(&self.committers[&e.account]);
                    self.post(pool, committer, cash, Cause::Fee, e.forfeited.into());
                }
                self.end_commitment(e.account, e.filler_account, e.tip);
            }
            Event::Liquidated(e) => {
                let (pool, cash) = self.margin(&e.account);
                let (_, liquidator) = self.margin(&e.liquidator);
                let earned = e.reward - e.from_insurance;
                self.post(pool, cash, liquidator, Cause::Penalty, earned.into());
                self.post(pool, cash, Place::Insurance, Cause::Penalty, (e.penalty - earned).into());
                self.post(pool, Place::Insurance, liquidator, Cause::Penalty, e.from_insurance.into());
            }
            Event::BadDebtAbsorbed(e) => {
                let (pool, cash) = self.margin(&e.account);
                self.post(pool, Place::Insurance, cash, Cause::BadDebt, e.from_insurance.into());
                self.post(pool, Place::Main, cash, Cause::BadDebt, e.from_pool.into());
                if e.from_pool > 0 {
                    self.count("BadDebtAbsorbed by the main pool too");
                }
            }
            _ => {}
        }
    }

    fn main_pays(&mut self, account: &Pubkey, cause: Cause, amount: i64) {
        let (pool, cash) = self.margin(account);
        self.post(pool, Place::Main, cash, cause, amount.into());
    }

    /// Enters a fee and how much of it is insurance's, the protocol's and the referrer's; the main class gets the rest.
    fn fee(&mut self, account: &Pubkey, fee: u64, [insurance, protocol, referred]: [u64; 3]) {
        let (pool, cash) = self.margin(account);
        let referrer = Place::Referral(self.accounts[account].referrer);
        let parts = [
            (Place::Main, fee - insurance - protocol - referred),
            (Place::Insurance, insurance),
            (Place::Protocol, protocol),
            (referrer, referred),
        ];
        for (to, amount) in parts {
            self.post(pool, cash, to, Cause::Fee, amount.into());
        }
    }

    fn end_commitment(&mut self, account: Pubkey, filler: Option<Pubkey>, tip: u64) {
        let promised = self.commitments.remove(&account).expect("a trade that was committed");
        assert_eq!(tip, promised, "the tip is what was set aside");
        if filler.is_some() && tip > 0 {
            self.count("Filled for a tip");
        }
        let (pool, cash) = self.margin(&filler.unwrap_or(account));
        self.post(pool, Place::Tips, cash, Cause::Tip, tip.into());
    }

    fn service(&mut self, event: &Event) {
        match event {
            Event::OrderPlaced(e) => {
                let (pool, cash) = self.margin(&e.account);
                self.orders.insert(e.order, e.terms.tip);
                self.post(pool, cash, Place::Tips, Cause::Tip, e.terms.tip.into());
            }
            Event::OrderExecuted(e) => self.end_order(e.order, e.keeper_account.unwrap_or(e.account), e.tip),
            Event::OrderCancelled(e) => {
                self.count(&format!("OrderCancelled {:?}", e.reason));
                self.end_order(e.order, e.keeper_account.unwrap_or(e.account), e.tip);
            }
            Event::ReferralClaimed(e) => {
                let pool = self.accounts[&e.account].pool;
                let (from, to) = (Place::Referral(e.referrer), Place::Wallet(e.referrer));
                self.post(pool, from, to, Cause::Referral, e.amount.into());
            }
            Event::MarginAccountClosed(e) => {
                let Owner { pool, referrer, .. } = self.accounts[&e.account];
                let from = Place::Referral(referrer);
                self.post(pool, from, Place::Protocol, Cause::Referral, e.referral_forfeited.into());
            }
            Event::FeesCollected(e) => {
                let to = Place::Wallet(actor("fees"));
                self.post(e.pool, Place::Protocol, to, Cause::Collected, e.amount.into());
            }
            Event::DepositRequested(e) => {
                let to = Place::LiquidityRequest(e.owner);
                self.post(e.pool, Place::Wallet(e.owner), to, Cause::Liquidity, e.amount.into());
            }
            Event::DepositReturned(e) => {
                self.post(e.pool, Place::LiquidityRequest(e.owner), class(e.class), Cause::Liquidity, e.fee.into());
            }
            Event::LiquidityDeposited(e) => {
                let from = Place::LiquidityRequest(e.provider);
                self.post(e.pool, from, class(e.class), Cause::Liquidity, e.amount.into());
            }
            Event::WithdrawalRequested(e) => {
                self.withdrawals.insert((e.pool, e.class as u8, e.number), (e.owner, e.shares));
            }
            Event::WithdrawalExecuted(e) => {
                let withdrawal = self.withdrawals.get_mut(&(e.pool, e.class as u8, e.number)).expect("a withdrawal");
                withdrawal.1 -= e.shares;
                let (owner, left) = *withdrawal;
                self.post(e.pool, class(e.class), Place::LiquidityRequest(owner), Cause::Liquidity, e.amount.into());
                if left > 0 {
                    self.count("WithdrawalExecuted in part");
                }
            }
            Event::LiquidityClaimed(e) => {
                let (from, to) = (Place::LiquidityRequest(e.owner), Place::Wallet(e.owner));
                self.post(e.pool, from, to, Cause::Liquidity, e.amount.into());
            }
            _ => {}
        }
    }

    fn end_order(&mut self, order: Pubkey, to: Pubkey, tip: u64) {
        let promised = self.orders.remove(&order).expect("an order that was placed");
        assert_eq!(tip, promised, "the tip is the one of the order's terms");
        let (pool, cash) = self.margin(&to);
        self.post(pool, Place::Tips, cash, Cause::Tip, tip.into());
    }

    fn balance(&self, pool: Pubkey, place: Place) -> i128 {
        self.entries.get(&(pool, place)).map_or(0, |causes| causes.values().sum())
    }

    /// Returns what somebody has gained or lost in a pool, in native units by cause.
    fn gains(&self, pool: Pubkey, person: Pubkey) -> BTreeMap<Cause, i128> {
        let mut gains: BTreeMap<Cause, i128> = BTreeMap::new();
        for place in [Place::Wallet(person), Place::Margin(person)] {
            for (cause, amount) in self.entries.get(&(pool, place)).into_iter().flatten() {
                if *cause != Cause::Margin {
                    *gains.entry(*cause).or_default() += amount;
                }
            }
        }
        gains
    }

    /// Compares the book with the chain, to the unit: wallets with token balances, and all other places with accounts.
    ///
    /// # Panics
    /// If any number differs.
    pub fn reconcile(&self, world: &World, place: usize) {
        let (keys, view) = (world.pools[place], world.view(place));
        let mut chain: BTreeMap<Place, i128> = BTreeMap::new();
        let mut given = 0;
        for ((_, who), amount) in self.given.iter().filter(|((pool, _), _)| *pool == keys.pool) {
            let wallet = i128::from(world.wallet(who, place)) - i128::from(*amount);
            given += i128::from(*amount);
            chain.insert(Place::Wallet(actor(who)), wallet);
        }
        let paid_in: i128 = -chain.values().sum::<i128>();
        assert_eq!(paid_in, i128::from(view.vault + view.insurance_vault), "the vaults hold what people have paid in");
        assert_eq!(given, i128::from(world.chain.supply(&keys.mint)), "the supply is what was given to people");
        for (key, account) in &view.accounts {
            *chain.entry(Place::Margin(account.owner)).or_default() += i128::from(account.cash);
            let referrer = Place::Referral(self.accounts[key].referrer);
            *chain.entry(referrer).or_default() += i128::from(account.referral_due);
        }
        for request in view.withdrawals.values().chain(view.deposits.values()) {
            let held = i128::from(request.payable) + i128::from(request.deposit);
            *chain.entry(Place::LiquidityRequest(request.owner)).or_default() += held;
        }
        let pool = &view.pool;
        chain.insert(Place::Main, pool.pool_cash.into());
        chain.insert(Place::Insurance, i128::from(pool.insurance_cash) + i128::from(pool.insurance_due));
        chain.insert(Place::Protocol, pool.fees_due.into());
        chain.insert(Place::Tips, pool.tips_due.into());
        chain.retain(|_, amount| *amount != 0);
        let mut told: BTreeMap<Place, i128> = BTreeMap::new();
        for (_, place) in self.entries.keys().filter(|(pool, _)| *pool == keys.pool) {
            told.insert(*place, self.balance(keys.pool, *place));
        }
        told.retain(|_, amount| *amount != 0);
        assert_eq!(told, chain, "the account book equals the chain");
        assert_eq!(told.values().sum::<i128>(), 0, "all entries sum to zero");
    }

    /// Checks the end, when all margin is withdrawn: the change of each wallet is the sum of the owner's gains and losses, and all
    /// changes together are what the vaults have lost or kept.
    ///
    /// # Panics
    /// If any number differs.
    pub fn settle(&self, world: &World, place: usize) {
        let (keys, view) = (world.pools[place], world.view(place));
        let mut all = 0;
        for ((_, who), given) in self.given.iter().filter(|((pool, _), _)| *pool == keys.pool) {
            let change = i128::from(world.wallet(who, place)) - i128::from(*given);
            let gains = self.gains(keys.pool, actor(who));
            assert_eq!(
                change,
                gains.values().sum::<i128>(),
                "{who}: the wallet has changed by the gains of the events, {gains:?}"
            );
            all += change;
        }
        assert_eq!(
            all + i128::from(view.vault) + i128::from(view.insurance_vault),
            0,
            "what people have lost is in the vaults"
        );
    }

    /// Prints what everybody has gained or lost, in tokens.
    pub fn print(&self, world: &World, place: usize) {
        let keys = world.pools[place];
        let tokens = |amount: i128| format!("{:.4}", amount as f64 / 1e8);
        println!("\npool {place}: gains and losses in tokens");
        let head: String = CAUSES.iter().map(|cause| format!("{:>11}", format!("{cause:?}"))).collect();
        println!("{:<9}{head}{:>11}", "", "all");
        for ((_, who), _) in self.given.iter().filter(|((pool, _), _)| *pool == keys.pool) {
            let gains = self.gains(keys.pool, actor(who));
            let of = |cause| tokens(gains.get(cause).copied().unwrap_or(0));
            let row: String = CAUSES.iter().map(|cause| format!("{:>11}", of(cause))).collect();
            println!("{who:<9}{row}{:>11}", tokens(gains.values().sum()));
        }
    }

    /// Asserts that every margin account, withdrawal and order is closed, and that no trade is committed.
    ///
    /// # Panics
    /// If one is not.
    pub fn assert_all_closed(&self, world: &World) {
        for (key, account) in &self.accounts {
            let data = world.chain.data(key);
            assert!(data.is_empty(), "the account of {} is not closed", account.owner);
        }
        for (pool, kind, number) in self.withdrawals.keys() {
            let class = if *kind == ShareClass::Main as u8 { ShareClass::Main } else { ShareClass::Insurance };
            assert!(
                world
                    .snapshot()
                    .pools()
                    .iter()
                    .all(|view| { view.key != *pool || view.withdrawals_of(class).all(|left| left.number != *number) }),
                "withdrawal {number} is not closed"
            );
        }
        assert!(self.orders.is_empty(), "an order is not closed");
        assert!(self.commitments.is_empty(), "a commitment is not ended");
    }
}

const fn class(class: ShareClass) -> Place {
    match class {
        ShareClass::Main => Place::Main,
        ShareClass::Insurance => Place::Insurance,
    }
}
