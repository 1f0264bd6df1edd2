//! Configuration of a keeper.

use crate::{post::Posting, task::Job};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Endpoints, SendOptions},
    price::PriceProvider,
};
use std::{
    collections::{BTreeSet, HashMap},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

/// Configuration of a keeper: what it does, how often, and how it sends.
#[derive(Clone)]
pub struct Config {
    /// URLs of the websocket, of one node or several; where one fails the next one is taken.
    pub ws_urls: Vec<String>,
    /// The nodes that the client asks, for the metrics of their health; `None` where they are not known.
    pub nodes: Option<Endpoints>,
    /// The pools to serve; an empty list stands for the protocol's, and those of [`Self::verified`].
    pub pools: Vec<Pubkey>,
    /// Pools of strangers that somebody vouches for.
    pub verified: Vec<Pubkey>,
    /// Whether to serve all pools of strangers, too. Anybody creates as many as they like, and each costs the keeper an account and fees.
    pub strangers: bool,
    /// The kinds of work to do.
    pub jobs: BTreeSet<Job>,
    /// Where prices are read.
    pub source: Arc<dyn PriceProvider>,
    /// Longest time between two ticks; a change of an account brings the next tick forward.
    pub interval: Duration,
    /// Shortest time between two ticks.
    pub pause: Duration,
    /// Time after which all accounts are read again while subscriptions stand.
    pub rescan: Duration,
    /// Time after which all accounts are read again while the websocket is away.
    pub fallback: Duration,
    /// Largest number of tasks under way at a time, apart from posting prices; of those for which nobody waits ([`Job::is_urgent`]) half of it.
    pub parallel: usize,
    /// Whether tasks are only simulated and logged, and nothing is sent.
    pub dry_run: bool,
    /// Number of the keeper's own margin account in every pool, which rewards are paid to.
    pub sub_account: u16,
    /// Options for sending transactions.
    pub send: SendOptions,
    /// Longest wait for tasks under way when the keeper is stopped.
    pub drain: Duration,
    /// Thresholds from which on housekeeping is done.
    pub thresholds: Thresholds,
    /// Options that are listed around the price in every pool that is served and offers them.
    pub ladders: Vec<Ladder>,
    /// Balance of the keeper's key, lamports, below which it warns.
    pub low_lamports: u64,
    /// What rewards and fees are worth.
    pub valuation: UnitPrices,
    /// Owners of whose shares of liquidity the metrics tell the exposure.
    pub providers: Vec<Pubkey>,
    /// How the keeper posts prices that nobody else keeps fresh; `None` leaves that to others.
    pub posting: Option<Posting>,
}

/// Which strikes are listed around the price: calls and puts at the nearest one and at so many on each side.
///
/// ```
/// use evergreen_keeper::Ladder;
///
/// // Seven strikes of a week, two per cent apart.
/// let ladder: Ladder = "BTC:7d:2%:3".parse()?;
/// assert_eq!((ladder.tenor, ladder.step_bps, ladder.each_side), (604_800, 200, 3));
/// assert!("BTC:7d:2%".parse::<Ladder>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// Symbol of the underlying.
    pub underlying: String,
    /// Tenor, seconds.
    pub tenor: u32,
    /// Distance from one strike to the next, basis points of the price.
    pub step_bps: u16,
    /// Number of strikes on each side of the nearest one.
    pub each_side: u16,
}

impl FromStr for Ladder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no ladder: expected UNDERLYING:TENOR:STEP:STRIKES, for instance BTC:7d:2%:3, three strikes on each side, each 2 % from the next"
            )
        };
        let parts: Vec<&str> = text.split(':').map(str::trim).collect();
        let [underlying, tenor, step, each_side] = parts[..] else { return Err(wrong()) };
        let (number, unit) = tenor.split_at(tenor.find(|c: char| !c.is_ascii_digit()).unwrap_or(tenor.len()));
        let unit = match unit {
            "m" | "min" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return Err(wrong()),
        };
        let tenor = number.parse::<u32>().ok().and_then(|number| number.checked_mul(unit)).filter(|tenor| *tenor > 0);
        let percent = step.strip_suffix('%').and_then(|percent| percent.parse::<f64>().ok());
        let bps = percent.map(|percent| (percent * 100.0).round()).filter(|bps| (1.0..=5_000.0).contains(bps));
        let each_side = each_side.parse::<u16>().ok().filter(|strikes| *strikes <= 20);
        match (tenor, bps, each_side, underlying) {
            (Some(tenor), Some(bps), Some(each_side), underlying) if !underlying.is_empty() => {
                Ok(Self { underlying: underlying.to_owned(), tenor, step_bps: bps as u16, each_side })
            }
            _ => Err(wrong()),
        }
    }
}

/// What rewards and fees are worth in dollars, so that a keeper tells what it gains. It decides nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnitPrices {
    /// Dollars for one SOL.
    pub sol: Option<f64>,
    /// Dollars for a native unit of a pool's collateral.
    pub collateral: HashMap<Pubkey, f64>,
}

impl UnitPrices {
    /// What a task has gained, dollars: its reward in native units of the pool's collateral, less lamports of fees. `None` where the price of
    /// one of them that is not zero is not known.
    pub fn profit(&self, pool: Option<&Pubkey>, reward: u64, fee: u64) -> Option<f64> {
        let worth =
            |amount: u64, price: Option<f64>| if amount == 0 { Some(0.0) } else { Some(amount as f64 * price?) };
        let earned = worth(reward, pool.and_then(|pool| self.collateral.get(pool)).copied())?;
        Some(earned - worth(fee, self.sol.map(|sol| sol / 1e9))?)
    }
}

/// Thresholds from which on housekeeping is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Seconds without accrual of a series' funding after which its pool is refreshed. Beyond the pool's `funding_full_gap` (two and a
    /// half hours) points of funding would be lost.
    pub refresh_after: i64,
    /// Number of taken slots of a registry, of 64, from which on series without open interest are retired.
    pub retire_from: usize,
    /// Seconds since the last accrual of funding after which a series without open interest is retired.
    pub retire_after: i64,
    /// Number of taken slots of a registry up to which [ladders](Config::ladders) take more. It is below [`Self::retire_from`], so that what is retired is not listed again.
    pub list_below: usize,
    /// Income of insurance, in native units, from which on it is moved to its vault; zero counts as one.
    pub sweep_from: u64,
    /// Funding of an account, in native units, from which on it is settled where its pool is short of cash; zero counts as one.
    pub settle_from: u64,
    /// Seconds without a sample after which an underlying is reported as silent; the program takes no report before a day.
    pub report_silence_after: i64,
    /// How long the keeper has to have found that itself before it reports it. Meanwhile whoever can samples, for instance after all keepers were away for
    /// a day; a keeper that does all there is once and ends reports nothing.
    pub report_silence_delay: Duration,
    /// Smallest tip, in native units, for which an order is committed or closed; with zero, orders without a tip are too. Commitments
    /// are filled whatever they pay.
    pub min_tip: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            refresh_after: 1_800,
            retire_from: 48,
            retire_after: 3_600,
            list_below: 40,
            sweep_from: 1_000_000,
            settle_from: 1_000_000,
            report_silence_after: 86_400,
            report_silence_delay: Duration::from_secs(600),
            min_tip: 0,
        }
    }
}

impl Config {
    /// Returns a configuration of all jobs in all pools of the protocol, with a tick at least every second and 32 tasks at a time.
    pub fn new(ws_url: impl Into<String>, source: Arc<dyn PriceProvider>) -> Self {
        Self {
            ws_urls: vec![ws_url.into()],
            nodes: None,
            pools: Vec::new(),
            verified: Vec::new(),
            strangers: false,
            jobs: Job::ALL.iter().copied().collect(),
            source,
            interval: Duration::from_secs(1),
            pause: Duration::from_millis(100),
            rescan: Duration::from_secs(60),
            fallback: Duration::from_secs(2),
            parallel: 32,
            dry_run: false,
            sub_account: 0,
            send: SendOptions {
                resend: Duration::from_secs(1),
                poll: Duration::from_millis(250),
                ..SendOptions::default()
            },
            drain: Duration::from_secs(30),
            thresholds: Thresholds::default(),
            ladders: Vec::new(),
            low_lamports: 100_000_000,
            valuation: UnitPrices::default(),
            providers: Vec::new(),
            posting: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profit_is_told_where_all_prices_are_known() {
        let pool = Pubkey::new_from_array([7; 32]);
        let none = UnitPrices::default();
        assert_eq!(none.profit(Some(&pool), 0, 0), Some(0.0));
        assert_eq!(none.profit(Some(&pool), 0, 5_000), None);
        let known = UnitPrices { sol: Some(200.0), collateral: [(pool, 300.0 / 1e8)].into() };
        // A hundredth of a token of $300, and 5,000 lamports of $200 a SOL.
        let profit = known.profit(Some(&pool), 1_000_000, 5_000).unwrap();
        assert!((profit - (3.0 - 0.001)).abs() < 1e-9, "{profit}");
        assert_eq!(known.profit(None, 5, 0), None);
        assert!(known.profit(Some(&pool), 0, 1_000_000_000).unwrap() < -199.0);
    }
}
