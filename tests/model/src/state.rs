//! One pool as plain data, all amounts in native units and all sizes in points.

pub use crate::pending::{Commitment, Leg, Order};
use crate::{
    option::Contract,
    real::Real,
    rules::liquidity::WINDOW,
    volatility::{Estimate, Rule},
};
use anchor_lang::prelude::Pubkey;
use std::collections::{BTreeMap, BTreeSet};

/// A pool with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    /// Unix seconds.
    pub now: i64,
    /// Parameters.
    pub params: Params,
    /// The exponent e: one point pays 10^−e native units per dollar.
    pub exponent: u32,
    /// Amounts of the pool by name.
    pub pool: Pool,
    /// Both sides of each underlying, by its place.
    pub sides: BTreeMap<u8, Sides>,
    /// Underlyings by place.
    pub underlyings: BTreeMap<u8, Underlying>,
    /// Series by slot.
    pub series: BTreeMap<u8, Series>,
    /// Margin accounts by address.
    pub accounts: BTreeMap<Pubkey, Account>,
    /// Orders by address.
    pub orders: BTreeMap<Pubkey, Order>,
    /// Requests of liquidity by address.
    pub requests: BTreeMap<Pubkey, Request>,
    /// What has changed since a full minute by trades at later prices, and by whatever somebody chooses the moment of.
    pub later: Later,
    /// What is set aside for bounds of net asset value: read from the chain.
    pub aside: Aside,
    /// Tokens in wallets, by owner.
    pub wallets: BTreeMap<Pubkey, i128>,
    /// Shares in wallets, by owner, of the main class and of insurance.
    pub shares: BTreeMap<Pubkey, [i128; 2]>,
    /// Tokens in the main vault and in that of insurance.
    pub vaults: [i128; 2],
}

/// Parameters of a pool, as they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of docs/parameters.md")]
pub struct Params {
    pub max_series_points: i128,
    pub max_account_points: i128,
    /// Whether the pool is the only writer of its options.
    pub names_premium: bool,
    pub min_account_points: i128,
    pub reserve_limit_bps: i128,
    pub growth_limit_bps: i128,
    pub fee_open_bps: i128,
    pub fee_close_bps: i128,
    pub fee_value_cap_bps: i128,
    pub fee_insurance_bps: i128,
    pub fee_protocol_bps: i128,
    pub referrer_bps: i128,
    pub curator_bps: i128,
    pub buy_markup_bps: i128,
    pub write_markdown_bps: i128,
    pub carry_bps: i128,
    pub funding_full_gap: i64,
    pub vol_stress_bps: i128,
    pub extreme_weight_bps: i128,
    pub short_charge_bps: i128,
    pub penalty_bps: i128,
    pub penalty_equity_cap_bps: i128,
    pub liquidator_bps: i128,
    pub min_liquidation_reward: i128,
    pub main_cooldown: i64,
    pub insurance_cooldown: i64,
    pub daily_outflow_bps: i128,
    pub max_pool_cash: i128,
    pub fill_tip: i128,
    pub fill_delay: i64,
    pub fill_window: i64,
}

/// Amounts of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the account")]
pub struct Pool {
    pub cash: i128,
    pub margin_cash: i128,
    pub fees_due: i128,
    pub insurance_due: i128,
    pub withdrawals_due: i128,
    pub deposits_due: i128,
    pub insurance_cash: i128,
    pub insurance_withdrawals_due: i128,
    pub insurance_deposits_due: i128,
    pub referrals_due: i128,
    pub curator_due: i128,
    pub tips_due: i128,
    pub reserved: i128,
    pub committed_reserve: i128,
    pub committed_premiums: i128,
    pub depth: i128,
    pub debts: i128,
    pub bad_debts: i128,
    pub level: i128,
    pub level_at: i64,
    /// Shares of both classes with holders and in requests.
    pub shares: [i128; 2],
    /// Shares in requests.
    pub shares_leaving: [i128; 2],
    /// Numbers of the next and of the first withdrawal of each class.
    pub queue: [[i128; 2]; 2],
    /// Beginning of the day of the limit, and what has left in it.
    pub day: [[i128; 2]; 2],
}

/// What has changed since a full minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// The full minute.
    pub minute: i64,
    /// Change of pool cash.
    pub cash: i128,
    /// Change of the capital of insurance.
    pub insurance: i128,
    /// Change of the points of a series, by slot.
    pub points: BTreeMap<u8, i128>,
    /// Slots of series that have been exercised since.
    pub ended: BTreeSet<u8>,
}

impl Later {
    /// Whether something that is executed from now on can be of its minute.
    pub fn counts(&self, now: i64) -> bool {
        let empty = self.cash == 0 && self.insurance == 0 && self.points.is_empty() && self.ended.is_empty();
        !empty && now <= self.minute + WINDOW
    }
}

/// What the chain has recorded of trades and closings for bounds of net asset value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// By slot what counts at the bid.
    pub taken: BTreeMap<u8, Taken>,
    /// What trades have paid beyond the bid, and was not earned yet at its half-hour.
    pub unearned: i128,
    /// Number of that half-hour.
    pub half_hour: i64,
    /// What trades since the minute of [`Later`] have paid beyond the bid.
    pub since: i128,
}

/// Points of a series that count at the bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Generation of the series.
    pub generation: u32,
    /// Points and moment of the newest change.
    pub newest: (i128, i64),
    /// The same before the full minute that precedes it.
    pub before: (i128, i64),
}

/// A request of liquidity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Place of the class: main, insurance.
    pub class: usize,
    /// Whose it is.
    pub owner: Pubkey,
    /// Tokens that wait.
    pub deposit: i128,
    /// Full minute of a deposit.
    pub minute: i64,
    /// Shares that wait.
    pub shares: i128,
    /// The least that is taken: shares of a deposit, tokens of a withdrawal.
    pub least: i128,
    /// The most that a withdrawal may pay.
    pub worth: i128,
    /// When a withdrawal has cooled down.
    pub ready: i64,
    /// Place in the queue.
    pub number: i128,
    /// What can be claimed.
    pub payable: i128,
}

/// Delta and carry of one underlying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides {
    /// Delta of those who gain when the price rises, in points times 2^−16 dollars.
    pub up: i128,
    /// Delta of those who gain when it falls.
    pub down: i128,
    /// Net delta, native units.
    pub net: i128,
    /// What commitments may add to each side, native units.
    pub committed: [i128; 2],
    /// Unix seconds up to which the sums go.
    pub touched: i64,
    /// Net delta times seconds since the beginning of the half-hour.
    pub sum: i128,
    /// Rates by number of their half-hour, modulo eight; millionths a year.
    pub rates: [i128; 8],
    /// Largest side to which a trade may add, over depth, basis points.
    pub limit_bps: i128,
    /// Carry a year without skew, basis points.
    pub base_bps: i128,
}

/// An underlying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Underlying {
    /// Rule of its volatility.
    pub rule: Rule,
    /// What samples have left.
    pub estimate: Estimate,
    /// What they had left before the last one.
    pub earlier: Estimate,
    /// Points of funding: number of the half-hour, seconds in it, price, volatility.
    pub points: Vec<Point>,
    /// Shocks: initial, target, maintenance, basis points.
    pub shocks: [i128; 3],
    /// How far the price of a trade is moved against the trader, basis points of its confidence.
    pub spread_bps: i128,
    /// The price that was passed, its confidence, and when it was published.
    pub price: Price,
}

/// A published price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Dollars.
    pub spot: Real,
    /// Confidence in dollars.
    pub confidence: Real,
    /// Unix seconds of the publication.
    pub at: i64,
    /// Unix seconds of the publication before.
    pub before: i64,
}

/// A point of funding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Unix seconds.
    pub at: i64,
    /// Price in dollars.
    pub price: Real,
    /// Volatility of marks of the shortest tenor at the money, basis points.
    pub sigma_bps: i128,
}

/// Status of a series that is traded.
pub const LIVE: u8 = 1;
/// Status of one that has been exercised.
pub const ENDED: u8 = 2;

/// A series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// What it is.
    pub contract: Contract,
    /// Place of its underlying.
    pub underlying: u8,
    /// Its generation.
    pub generation: u32,
    /// Whether its slot is in use, and whether it has been exercised.
    pub status: u8,
    /// Bought and written points.
    pub open: [i128; 2],
    /// What commitments will add to them.
    pub committed: [i128; 2],
    /// Committed legs.
    pub commitments: i128,
    /// Unix seconds up to which funding has accrued.
    pub touched: i64,
    /// Funding index, 2^−40 dollars.
    pub index: i128,
    /// Time value and carry at the last point, dollars a tenor, 2^−64.
    pub rate: i128,
    /// Time value at the last point that the chain has applied, 2^−32 of the strike, rounded down.
    pub time_value: i128,
    /// Σ |points| · snapshot of bought positions, rounded up, and of written ones, rounded down, in claim units of funding modulo 2^64.
    pub bases: [u64; 2],
    /// `S·∂V/∂S` where it was last valued, 2^−16 dollars.
    pub slope: i128,
    /// Unix seconds of that.
    pub measured: i64,
}

/// A margin account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Owner.
    pub owner: Pubkey,
    /// Whether somebody has a part of the protocol's part of its fees.
    pub referred: bool,
    /// Cash, native units.
    pub cash: i128,
    /// What the referrer can claim.
    pub referral_due: i128,
    /// Fees in arrears.
    pub arrears: i128,
    /// The most that its bought options can pay.
    pub cover: i128,
    /// Number of its next order or trade.
    pub next: i128,
    /// Open orders, and orders of others that it has a stake in.
    pub orders: [i128; 2],
    /// Positions by slot.
    pub positions: BTreeMap<u8, Position>,
    /// The trade that waits for its price.
    pub commitment: Option<Commitment>,
}

/// A position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Points, negative where written.
    pub points: i128,
    /// Funding index at its last settlement.
    pub snapshot: i128,
    /// Generation of the series.
    pub generation: u32,
}

impl Series {
    /// Changes the sum of snapshots of a side by a position.
    pub fn put(&mut self, points: i128, snapshot: i128, exponent: u32, change: impl Fn(u64, u64) -> u64) {
        let side = usize::from(points < 0);
        self.bases[side] = change(self.bases[side], claim_units(points.abs(), snapshot, exponent, side == 0));
    }

    /// Returns what all positions owe the pool, native units, rounded down.
    pub fn claim(&self, exponent: u32) -> i128 {
        let [long, short] = self.open;
        let bought = claim_units(long, self.index, exponent, false).wrapping_sub(self.bases[0]);
        let written = self.bases[1].wrapping_sub(claim_units(short, self.index, exponent, true));
        let units = i128::from(bought as i64) + i128::from(written as i64);
        (units << 10_i128.pow(exponent).ilog2()).div_euclid(10_i128.pow(exponent))
    }
}

/// Returns `size · index` in claim units modulo 2^64, rounded up or down.
fn claim_units(size: i128, index: i128, exponent: u32, up: bool) -> u64 {
    let unit = 1_i128 << (40 + 10_i128.pow(exponent).ilog2());
    (if up { -(-size * index).div_euclid(unit) } else { (size * index).div_euclid(unit) }) as u64
}

impl Account {
    /// Returns its points of a series.
    pub fn points(&self, slot: u8) -> i128 {
        self.positions.get(&slot).map_or(0, |position| position.points)
    }
}
