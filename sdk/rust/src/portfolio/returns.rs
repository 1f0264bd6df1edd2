//! How the price of a share has moved, and by what: out of a pool's events, backwards from the pool as it stands.

use crate::{earnings::Earnings, events::Event};
use evergreen::types::ShareClass;

/// Bits after the point of prices of shares, in native units a share.
const FRACTION_BITS: u32 = 48;

/// The price of a share at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharePrice {
    /// Unix seconds, where the network knew them.
    pub time: Option<i64>,
    /// What all shares were worth at the mark, native units.
    pub assets: i64,
    /// Their number.
    pub shares: u64,
}

impl SharePrice {
    /// Returns the price in 2^−48 native units a share, rounded down; `None` without shares.
    pub fn bits(&self) -> Option<i128> {
        per_share(self.assets, self.shares)
    }
}

fn per_share(amount: i64, shares: u64) -> Option<i128> {
    (i128::from(amount) << FRACTION_BITS).checked_div_euclid(i128::from(shares))
}

/// What a share has gained between two prices, in parts that add up to it exactly. All in 2^−48 native units a share.
///
/// Each earning is divided by the shares of its moment, rounded down, so deposits and withdrawals in between do not distort it. What is left is the change of what options are worth to their holders,
/// losses by seizure, gifts, bounds at which others came and went, and roundings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareReturn {
    /// The price at the beginning.
    pub from: SharePrice,
    /// The price at the end.
    pub to: SharePrice,
    /// Premiums received less premiums paid.
    pub premiums: i128,
    /// Funding, with carry.
    pub funding: i128,
    /// Fees.
    pub fees: i128,
    /// Payoffs, a negative number.
    pub payoffs: i128,
    /// Bad debts, a negative number.
    pub bad_debts: i128,
    /// The rest: mostly what open options have become worth.
    pub rest: i128,
}

impl ShareReturn {
    /// Returns a part as a share of the price at the beginning, in millionths, rounded down; `None` where that price was zero.
    pub fn millionths(&self, part: i128) -> Option<i64> {
        let from = self.from.bits().filter(|bits| *bits > 0)?;
        i64::try_from(part.checked_mul(1_000_000)?.checked_div_euclid(from)?).ok()
    }

    /// Returns what a share has gained.
    pub fn total(&self) -> i128 {
        self.premiums + self.funding + self.fees + self.payoffs + self.bad_debts + self.rest
    }
}

/// Prices of the main class's shares over some time, and what earned them.
///
/// ```
/// use evergreen_sdk::portfolio::ShareHistory;
///
/// // Events of the pool's transactions, the oldest first; and the pool as it stands: worth 1,100 units, with 1,000,000 shares.
/// let history = ShareHistory::of(&[], 1_000_000, 1_100, 1_790_000_000);
/// assert_eq!(history.prices().len(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct ShareHistory {
    prices: Vec<SharePrice>,
    /// Per share sums up to each price: premiums, funding, fees, payoffs, bad debts.
    sums: Vec<[i128; 5]>,
}

impl ShareHistory {
    /// Makes it of the events of a pool's transactions with their times, the oldest first and each once, up to now; of the shares and the net asset value at the mark as they stand. The
    /// transactions need not reach back to the pool's beginning: the number of shares is counted backwards from now.
    pub fn of(transactions: &[(Option<i64>, Vec<Event>)], shares: u64, assets: i64, now: i64) -> Self {
        let changes = transactions.iter().flat_map(|(_, events)| events).map(main_shares_changed);
        let before = changes.fold(i128::from(shares), |shares, change| shares - change);
        let (mut count, mut sums, mut last) = (before, [0i128; 5], Earnings::default());
        let mut history = Self { prices: Vec::new(), sums: Vec::new() };
        for (time, events) in transactions {
            for event in events {
                let shares = u64::try_from(count).unwrap_or(0);
                let mut earned = last;
                earned.take(core::slice::from_ref(event));
                let parts = [
                    earned.premiums.saturating_sub(last.premiums),
                    earned.funding.saturating_sub(last.funding),
                    earned.fees.saturating_sub(last.fees),
                    earned.payoffs.saturating_sub(last.payoffs),
                    earned.bad_debts.saturating_sub(last.bad_debts),
                ];
                for (sum, part) in sums.iter_mut().zip(parts) {
                    *sum += per_share(part, shares).unwrap_or(0);
                }
                last = earned;
                if let Event::PoolRefreshed(e) = event
                    && let Some(assets) = e.assets
                {
                    history.push(SharePrice { time: *time, assets, shares }, sums);
                }
                count += main_shares_changed(event);
            }
        }
        history.push(SharePrice { time: Some(now), assets, shares }, sums);
        history
    }

    fn push(&mut self, price: SharePrice, sums: [i128; 5]) {
        self.prices.push(price);
        self.sums.push(sums);
    }

    /// Returns all prices, the oldest first; the last one is that of now.
    pub fn prices(&self) -> &[SharePrice] {
        &self.prices
    }

    /// Returns what a share has gained since the first price that is known at or after a time, unix seconds; `None` where none is known before now. The price's own time tells what time it really is of.
    pub fn since(&self, time: i64) -> Option<ShareReturn> {
        let first = self.prices.iter().position(|price| price.time.is_some_and(|at| at >= time))?;
        let last = self.prices.len().checked_sub(1).filter(|last| *last > first)?;
        let (from, to) = (self.prices[first], self.prices[last]);
        let part = |place: usize| self.sums[last][place] - self.sums[first][place];
        let [premiums, funding, fees, payoffs, bad_debts] = [part(0), part(1), part(2), part(3), part(4)];
        let rest = to.bits()? - from.bits()? - (premiums + funding + fees + payoffs + bad_debts);
        Some(ShareReturn { from, to, premiums, funding, fees, payoffs, bad_debts, rest })
    }

    /// Returns the deepest fall of the price from an earlier one, as a share of that one in millionths, to the nearest, among the prices that are known at or after a time, unix seconds; `None` as for
    /// [`Self::since`], or where no price is positive.
    pub fn drawdown(&self, time: i64) -> Option<i64> {
        let first = self.prices.iter().position(|price| price.time.is_some_and(|at| at >= time))?;
        self.prices.len().checked_sub(1).filter(|last| *last > first)?;
        let (mut peak, mut deepest) = (0, None);
        for bits in self.prices[first..].iter().filter_map(SharePrice::bits) {
            peak = bits.max(peak);
            if peak > 0 {
                let lost = (peak - bits).checked_mul(1_000_000)?;
                let fall = i64::try_from(lost.checked_add(peak / 2)?.checked_div_euclid(peak)?).ok()?;
                deepest = deepest.max(Some(fall));
            }
        }
        deepest
    }
}

/// By how many an event changes the number of the main class's shares. Those of withdrawals that wait are among them until they are executed.
pub fn main_shares_changed(event: &Event) -> i128 {
    let of_main = |class: ShareClass, shares: i128| if class == ShareClass::Main { shares } else { 0 };
    match event {
        Event::PoolCreated(e) => i128::from(e.seed) * 1_000,
        Event::LiquidityDeposited(e) => of_main(e.class, i128::from(e.shares)),
        Event::WithdrawalExecuted(e) => of_main(e.class, -i128::from(e.shares)),
        Event::WithdrawalCancelled(e) => of_main(e.class, i128::from(e.back) - i128::from(e.shares)),
        Event::SharesRenewed(e) => of_main(e.class, -i128::from(e.shares)),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::prelude::Pubkey;
    use evergreen::{
        events::{FundingSettled, LiquidityDeposited, PoolRefreshed},
        state::SeriesId,
    };

    fn refreshed(assets: i64) -> Event {
        Event::PoolRefreshed(PoolRefreshed {
            pool: Pubkey::default(),
            assets: Some(assets),
            reserved_collateral: 0,
            net_deltas: Default::default(),
            carries: Default::default(),
        })
    }

    #[test]
    fn a_deposit_in_between_is_no_return_and_parts_add_up() {
        let series = SeriesId { slot: 0, generation: 1 };
        let funding = |amount| Event::FundingSettled(FundingSettled { account: Pubkey::default(), series, amount });
        let deposit = Event::LiquidityDeposited(LiquidityDeposited {
            pool: Pubkey::default(),
            class: ShareClass::Main,
            provider: Pubkey::default(),
            id: 0,
            amount: 1_010,
            shares: 1_000,
            assets: 1_010,
        });
        let transactions = [
            (Some(10), vec![refreshed(1_000)]),
            (Some(20), vec![funding(-10)]),
            (Some(30), vec![refreshed(1_010), deposit]),
            (Some(40), vec![funding(-20)]),
        ];
        // 1,000 shares at 1, then 2,000 at 1.01, which earn one in a hundred and lose a half of it to options.
        let history = ShareHistory::of(&transactions, 2_000, 2_030, 50);
        assert_eq!(history.prices().iter().map(|price| price.shares).collect::<Vec<_>>(), [1_000, 1_000, 2_000]);
        let all = history.since(0).unwrap();
        assert_eq!(all.millionths(all.total()), Some(14_999), "15 of 1,000, rounded down");
        assert_eq!(all.millionths(all.funding), Some(19_999), "10 of 1,000 and 20 of 2,000, rounded down");
        assert_eq!(all.to.bits().unwrap() - all.from.bits().unwrap(), all.total());
        let late = history.since(25).unwrap();
        assert_eq!((late.from.time, late.millionths(late.total())), (Some(30), Some(4_950)));
        assert!(history.since(45).is_none(), "no price before now");
    }

    #[test]
    fn a_drawdown_is_from_the_highest_price_before() {
        let transactions = [1_000, 900, 1_100, 1_000, 1_201].map(|assets| (Some(assets), vec![refreshed(assets)]));
        let history = ShareHistory::of(&transactions, 1_000, 1_200, 2_000);
        assert_eq!(history.drawdown(0), Some(100_000), "from 1,000 to 900");
        assert_eq!(history.drawdown(950), Some(100_000), "from the price that is known then");
        assert_eq!(history.drawdown(1_050), Some(90_909), "from 1,100 to 1,000, to the nearest");
        assert_eq!(history.drawdown(1_150), Some(833), "from 1,201 to 1,200, to the nearest");
        assert_eq!(history.drawdown(1_500), None, "one price has not fallen");
        assert_eq!(ShareHistory::of(&transactions, 0, 0, 2_000).drawdown(0), None, "there are no shares");
    }
}
