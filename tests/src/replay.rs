//! Balances and positions that are rebuilt from events alone and compared with the accounts.

mod arrears;
mod generations;
mod requests;
mod series;
mod statements;

use crate::snapshot::{PoolView, Snapshot};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    events::Event,
    evergreen::state::{SeriesId, ShareClass, VaultLedgers},
    portfolio::{Provider, Statement},
};
use std::collections::{BTreeMap, BTreeSet};

/// Underlying, kind, strike, tenor, and the moments of the last notices by cause.
type ListedSeries = (u8, u8, u64, u32, [i64; 3]);

/// Slot and generation of a series.
type SeriesKey = (u8, u32);

const fn key(series: SeriesId) -> SeriesKey {
    (series.slot, series.generation)
}

/// Ledgers of a pool in native units, and the shares of both classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Ledgers {
    pool_cash: i128,
    fees_due: i128,
    curator_due: i128,
    insurance_due: i128,
    withdrawals_due: [i128; 2],
    deposits_due: [i128; 2],
    insurance_cash: i128,
    referrals_due: i128,
    tips_due: i128,
    shares: [i128; 2],
}

/// A margin account; amounts are in native units, positions in points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Account {
    pool: Pubkey,
    owner: Pubkey,
    sub_account: u16,
    cash: i128,
    referral_due: i128,
    arrears: u64,
    unpaid: i64,
    tip: i128,
    /// The account that has a stake on its commitment.
    committer: Option<Pubkey>,
    positions: BTreeMap<SeriesKey, i64>,
}

/// A withdrawal request; `payable` is in native units.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Withdrawal {
    owner: Pubkey,
    shares: u64,
    payable: u64,
}

/// An order; its tip is in native units.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Order {
    account: Pubkey,
    tip: u64,
}

/// The state that an observer knows who reads only the log.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    pools: BTreeMap<Pubkey, Ledgers>,
    accounts: BTreeMap<Pubkey, Account>,
    withdrawals: BTreeMap<(Pubkey, u8, u64), Withdrawal>,
    /// Tokens of deposits that wait, and what was given back of them, by pool, owner and number.
    deposits: BTreeMap<(Pubkey, u8, Pubkey, u64), (u64, u64)>,
    orders: BTreeMap<Pubkey, Order>,
    /// Shares and amounts of earlier generations, by pool, class and generation.
    retired: BTreeMap<(Pubkey, u8, u32), (u64, u64)>,
    series: BTreeMap<(Pubkey, SeriesKey), ListedSeries>,
    /// Pools with losses by seizure. Withdrawals and tips bear these losses when they are paid, so that no event tells of them
    /// before.
    seized: BTreeSet<Pubkey>,
    /// What the client library makes of each account's events.
    statements: BTreeMap<Pubkey, Statement>,
    /// What it makes of everybody's liquidity, by pool, class and owner.
    providers: BTreeMap<(Pubkey, u8, Pubkey), Provider>,
    /// Pools of which somebody has handed in shares that others had sent them.
    sent: BTreeSet<Pubkey>,
}

impl Replay {
    /// Applies the events of a successful transaction.
    ///
    /// # Panics
    /// If they contradict what came before.
    pub fn apply(&mut self, events: &[Event]) {
        for event in events {
            self.step(event);
        }
        self.state(events);
    }

    fn account(&mut self, key: &Pubkey) -> &mut Account {
        self.accounts.get_mut(key).expect("an account that was opened")
    }

    fn ledgers(&mut self, pool: &Pubkey) -> &mut Ledgers {
        self.pools.get_mut(pool).expect("a pool that was created")
    }

    fn ledgers_of(&mut self, account: &Pubkey) -> &mut Ledgers {
        let pool = self.account(account).pool;
        self.ledgers(&pool)
    }

    /// Moves native units from pool cash to an account.
    fn pay(&mut self, account: &Pubkey, amount: i64) {
        self.account(account).cash += i128::from(amount);
        self.ledgers_of(account).pool_cash -= i128::from(amount);
    }

    fn step(&mut self, event: &Event) {
        match event {
            Event::PoolCreated(e) => {
                let shares = [i128::from(e.seed) * 1_000, 0];
                self.pools.insert(e.pool, Ledgers { pool_cash: e.seed.into(), shares, ..Ledgers::default() });
            }
            Event::MarginAccountOpened(e) => {
                let account =
                    Account { pool: e.pool, owner: e.owner, sub_account: e.sub_account, ..Account::default() };
                self.accounts.insert(e.account, account);
            }
            Event::MarginAccountClosed(e) => {
                let ledgers = self.ledgers_of(&e.account);
                ledgers.referrals_due -= i128::from(e.referral_forfeited);
                ledgers.fees_due += i128::from(e.referral_forfeited);
                let closed = self.accounts.remove(&e.account).expect("an account that was opened");
                assert_eq!(closed.arrears, e.arrears_forgiven, "arrears that are forgiven");
            }
            Event::MarginMoved(e) => {
                let account = self.account(&e.account);
                account.cash += i128::from(e.amount);
                assert_eq!(account.cash, i128::from(e.cash), "cash after a deposit or withdrawal");
            }
            Event::SeriesListed(e) => {
                let known = (e.underlying, e.kind, e.strike, e.tenor, [0; 3]);
                assert!(self.series.insert((e.pool, key(e.series)), known).is_none(), "a series was listed twice");
            }
            Event::NoticeGiven(e) => {
                self.series.get_mut(&(e.pool, key(e.series))).expect("a series").4[e.cause as usize] = e.moment;
            }
            Event::SeriesRetired(e) => {
                self.series.remove(&(e.pool, key(e.series))).expect("a series that was listed");
            }
            Event::FundingSettled(e) => self.pay(&e.account, e.amount),
            Event::PositionSettled(e) => {
                // A pool whose reserves are not covered pays a part of the points, the rest later.
                let positions = &mut self.account(&e.account).positions;
                let held = positions.remove(&key(e.series)).expect("a position");
                let left = held - e.points;
                assert!(left == 0 || left.signum() == held.signum(), "{} of {held} points are settled", e.points);
                if left != 0 {
                    positions.insert(key(e.series), left);
                }
                self.pay(&e.account, e.amount);
            }
            Event::LegFilled(e) => {
                self.pay(&e.account, e.premium);
                let account = self.account(&e.account);
                let position = account.positions.entry(key(e.series)).or_default();
                *position += e.points;
                assert_eq!(*position, e.position, "a position after a leg");
                if e.position == 0 {
                    account.positions.remove(&key(e.series));
                }
                account.cash -= i128::from(e.fee);
                account.referral_due += i128::from(e.fee_referrer);
                let ledgers = self.ledgers_of(&e.account);
                ledgers.earn(e.fee, [e.fee_insurance, e.fee_protocol, e.fee_referrer, e.fee_curator]);
            }
            Event::Traded(e) => {
                assert_eq!(self.account(&e.account).cash, i128::from(e.cash), "cash after a trade");
                assert_eq!(self.ledgers_of(&e.account).pool_cash, i128::from(e.pool_cash), "pool cash after a trade");
            }
            Event::Liquidated(e) => {
                let from_penalty = e.reward - e.from_insurance;
                self.account(&e.account).cash -= i128::from(e.penalty);
                self.account(&e.liquidator).cash += i128::from(e.reward);
                let ledgers = self.ledgers_of(&e.account);
                ledgers.insurance_due += i128::from(e.penalty - from_penalty);
                ledgers.insurance_due -= i128::from(e.from_insurance);
                assert_eq!(self.account(&e.account).cash, i128::from(e.cash), "cash after a liquidation");
            }
            Event::PaymentCut(e) => self.pay(&e.account, -(e.amount as i64)),
            Event::PaymentOwed(e) => {
                self.pay(&e.account, -e.amount);
                self.account(&e.account).unpaid += e.amount;
            }
            Event::BadDebtAbsorbed(e) => {
                self.account(&e.account).cash += i128::from(e.from_insurance + e.from_pool);
                let ledgers = self.ledgers_of(&e.account);
                ledgers.insurance_due -= i128::from(e.from_insurance);
                ledgers.pool_cash -= i128::from(e.from_pool);
            }
            _ => self.liquidity_and_orders(event),
        }
    }

    fn liquidity_and_orders(&mut self, event: &Event) {
        match event {
            Event::DepositRequested(_)
            | Event::DepositReturned(_)
            | Event::LiquidityDeposited(_)
            | Event::WithdrawalRequested(_)
            | Event::WithdrawalExecuted(_)
            | Event::WithdrawalCancelled(_)
            | Event::WithdrawalPassed(_)
            | Event::LiquidityClaimed(_) => self.requests(event),
            Event::SharesRenewed(_) | Event::RetiredRedeemed(_) => self.generations(event),
            Event::InsuranceSwept(e) => {
                let ledgers = self.ledgers(&e.pool);
                ledgers.insurance_due = 0;
                ledgers.insurance_cash += i128::from(e.amount);
            }
            Event::VaultSynced(e) => {
                let ledgers = self.ledgers(&e.pool);
                ledgers.sync(&e.after);
                self.seized.insert(e.pool);
            }
            Event::LossApplied(e) => {
                let found = |a: &&mut Account| (a.pool, a.owner, a.sub_account) == (e.pool, e.owner, e.sub_account);
                let account = self.accounts.values_mut().find(found).expect("an account that was opened");
                account.cash -= i128::from(e.cash_lost);
                account.referral_due -= i128::from(e.referral_lost);
                account.tip -= i128::from(e.tip_lost);
            }
            Event::FeesCollected(e) => self.ledgers(&e.pool).fees_due -= i128::from(e.amount),
            Event::CuratorAccepted(e) => {
                let ledgers = self.ledgers(&e.pool);
                ledgers.curator_due -= i128::from(e.forfeited);
                ledgers.fees_due += i128::from(e.forfeited);
            }
            Event::CuratorFeesCollected(e) => self.ledgers(&e.pool).curator_due -= i128::from(e.amount),
            Event::ReferralClaimed(e) => {
                self.account(&e.account).referral_due -= i128::from(e.amount);
                self.ledgers_of(&e.account).referrals_due -= i128::from(e.amount);
            }
            Event::OrderPlaced(e) => {
                self.orders.insert(e.order, Order { account: e.account, tip: e.terms.tip });
                self.account(&e.account).cash -= i128::from(e.terms.tip);
                self.ledgers_of(&e.account).tips_due += i128::from(e.terms.tip);
                assert_eq!(self.account(&e.account).cash, i128::from(e.cash), "cash after an order");
            }
            Event::TradeCommitted(e) => {
                let held = i128::from(e.tip) + i128::from(e.bond);
                self.account(&e.account).tip = held + i128::from(e.stake);
                self.account(&e.account).cash -= held;
                self.ledgers_of(&e.account).tips_due += held + i128::from(e.stake);
                if let Some(committer) = e.committer_account {
                    self.account(&committer).cash -= i128::from(e.stake);
                }
                self.account(&e.account).committer = e.committer_account;
                assert_eq!(self.account(&e.account).cash, i128::from(e.cash), "cash after a commitment");
            }
            Event::CommitmentFilled(e) => self.pay_tip(&e.account, e.filler_account, e.tip, (e.bond, e.stake, 0)),
            Event::ArrearsCollected(e) => self.arrears(e),
            Event::CommitmentCancelled(e) => self.cancelled(e),
            Event::OrderExecuted(e) => self.end_order(&e.order, e.keeper_account, e.tip),
            Event::OrderCancelled(e) => self.end_order(&e.order, e.keeper_account, e.tip),
            _ => {}
        }
    }

    fn pay_tip(
        &mut self,
        account: &Pubkey,
        filler: Option<Pubkey>,
        tip: u64,
        (bond, stake, forfeited): (u64, u64, u64),
    ) {
        let promised = core::mem::take(&mut self.account(account).tip);
        let pool = self.account(account).pool;
        let held = i128::from(tip) + i128::from(bond) + i128::from(stake);
        assert!(promised == held || self.seized.contains(&pool), "a tip is not what was set aside");
        self.account(&filler.unwrap_or(*account)).cash += i128::from(tip);
        self.account(account).cash += i128::from(bond) + i128::from(forfeited);
        if let Some(committer) = self.account(account).committer.take() {
            self.account(&committer).cash += i128::from(stake) - i128::from(forfeited);
        }
        self.ledgers_of(account).tips_due -= held;
    }

    fn end_order(&mut self, order: &Pubkey, keeper: Option<Pubkey>, tip: u64) {
        let order = self.orders.remove(order).expect("an order that was placed");
        let pool = self.account(&order.account).pool;
        assert!(order.tip == tip || self.seized.contains(&pool), "a tip is not what was promised");
        self.account(&keeper.unwrap_or(order.account)).cash += i128::from(tip);
        self.ledgers_of(&order.account).tips_due -= i128::from(tip);
    }

    /// Compares with the accounts of every pool whose creation was in the log.
    ///
    /// # Panics
    /// If an account differs from what the log says.
    pub fn check(&self, snapshot: &Snapshot) {
        for view in snapshot.pools() {
            if let Some(ledgers) = self.pools.get(&view.key) {
                assert_eq!(*ledgers, Ledgers::of(&view), "ledgers rebuilt from the log");
                self.check_accounts(&view);
                self.check_statements(&view);
                self.check_providers(&view);
                self.check_withdrawals(&view);
                self.check_deposits(&view);
                self.check_retired(&view);
                self.check_series(&view);
            }
        }
    }

    fn check_accounts(&self, view: &PoolView) {
        let of_chain = view.accounts.iter().map(|(key, account)| {
            let positions = account.positions.iter().filter(|p| p.points != 0);
            let account = Account {
                pool: account.pool,
                owner: account.owner,
                sub_account: account.sub_account,
                cash: account.cash.into(),
                referral_due: account.referral_due.into(),
                arrears: account.arrears,
                unpaid: account.unpaid as i64,
                tip: i128::from(account.commitment.set_aside()),
                committer: view.orders.values().filter(|o| o.account == *key).find_map(|o| o.committer()),
                positions: positions.map(|p| (self::key(p.series()), p.points)).collect(),
            };
            (*key, account)
        });
        let of_log = self.accounts.iter().filter(|(_, a)| a.pool == view.key).map(|(k, a)| (*k, a.clone()));
        assert_eq!(of_log.collect::<BTreeMap<_, _>>(), of_chain.collect(), "accounts rebuilt from the log");
        let orders = view.orders.iter().map(|(key, o)| (*key, Order { account: o.account, tip: o.terms.tip }));
        let known = self.orders.iter().filter(|(_, o)| view.accounts.contains_key(&o.account));
        assert_eq!(known.map(|(k, o)| (*k, o.clone())).collect::<BTreeMap<_, _>>(), orders.collect(), "orders");
    }
}

impl Ledgers {
    fn of(view: &PoolView) -> Self {
        let pool = &view.pool;
        Self {
            pool_cash: pool.pool_cash.into(),
            fees_due: pool.fees_due.into(),
            curator_due: pool.curator_due.into(),
            insurance_due: pool.insurance_due.into(),
            withdrawals_due: [pool.withdrawals_due.into(), pool.insurance_withdrawals_due.into()],
            deposits_due: [pool.deposits_due.into(), pool.insurance_deposits_due.into()],
            insurance_cash: pool.insurance_cash.into(),
            referrals_due: pool.referrals_due.into(),
            tips_due: pool.tips_due.into(),
            shares: [pool.main.total.into(), pool.insurance.total.into()],
        }
    }

    /// Divides a fee among those who earn it, native units; the main class gets what the others leave.
    fn earn(&mut self, fee: u64, parts: [u64; 4]) {
        self.pool_cash += i128::from(fee - parts.iter().sum::<u64>());
        let [insurance, protocol, referrer, curator] = parts;
        self.curator_due += i128::from(curator);
        self.insurance_due += i128::from(insurance);
        self.fees_due += i128::from(protocol);
        self.referrals_due += i128::from(referrer);
    }

    /// Sets the ledgers to what the assignment of a loss has left.
    fn sync(&mut self, after: &VaultLedgers) {
        self.pool_cash = after.pool_cash.into();
        self.fees_due = after.fees_due.into();
        self.curator_due = after.curator_due.into();
        self.insurance_due = after.insurance_due.into();
        self.withdrawals_due = [after.withdrawals_due.into(), after.insurance_withdrawals_due.into()];
        self.deposits_due = [after.deposits_due.into(), after.insurance_deposits_due.into()];
        self.insurance_cash = after.insurance_cash.into();
        self.referrals_due = after.referrals_due.into();
        self.tips_due = after.tips_due.into();
    }

    const fn capital(&mut self, class: ShareClass) -> &mut i128 {
        match class {
            ShareClass::Main => &mut self.pool_cash,
            ShareClass::Insurance => &mut self.insurance_cash,
        }
    }
}
