//! What keepers can do for a pool: exercise series at their cap, close worthless options, auto-deleverage, retire series.

use super::{PoolView, Result};
use evergreen::{
    Leg,
    oracle::PriceUse,
    state::{Action, MarginAccount, Series, SeriesId, SeriesStatus},
};

/// A keeper finds what to do for a pool, besides liquidations and orders, like this:
///
/// ```
/// use evergreen_sdk::{anchor_lang::solana_program::instruction::Instruction, instruction, quote::PoolView};
///
/// fn round(view: &PoolView) -> Vec<Instruction> {
///     let keys = &view.keys;
///     let retire = view.retirable().into_iter().map(|series| instruction::retire_series(keys, series));
///     let exercise = view.exercisable().into_iter().filter_map(|series| {
///         let place = view.registry.series(series).ok()?.underlying;
///         Some(instruction::exercise_series(keys, series, &view.feeds(&[place])))
///     });
///     retire.chain(exercise).collect()
/// }
/// # use evergreen_sdk::testing::scene::Scene;
/// assert!(round(&Scene::new(1, 0)?.view).is_empty(), "there is nothing to do");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the series that `exercise_series` would accept: the price has reached their cap, for an uncertain price at both ends
    /// of its band. Series whose price is missing or refused are left out.
    pub fn exercisable(&self) -> Vec<SeriesId> {
        if self.check_running(Action::Exercise).is_err() {
            return Vec::new();
        }
        let (market, _) = self.market_as_known();
        self.in_registry().filter(|(_, s)| is_live(s) && market.check_capped(s).is_ok()).map(|(id, _)| id).collect()
    }

    /// Returns the series of an account that `close_worthless` can close: all bought options of an account with negative cash, or
    /// the one that pays least, and too little, for a slot or capital that others want. The program may still refuse to sell one for cash whose
    /// closing would lower health.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) when no price of the account's live positions is usable, or one of them is not certain.
    pub fn worthless(&self, account: &MarginAccount) -> Result<Vec<SeriesId>> {
        let wanted = account.cash < 0 || self.pool.check_at_capacity(&self.registry).is_ok();
        if self.check_running(Action::Liquidate).is_err() || !wanted {
            return Ok(Vec::new());
        }
        let places = self.priced(account)?;
        let (found, ..) = self.on_account(PriceUse::Mark, &places, account, |engine, settled| {
            let held = settled.open_positions().map(|place| settled.positions[place].series());
            Ok(held.filter(|id| engine.may_buy_back(settled, *id)).collect())
        })?;
        Ok(found)
    }

    /// Returns the series of which more is written than bought, and how many points of them `auto_deleverage` may close.
    pub fn excess_short(&self) -> Vec<(SeriesId, u64)> {
        let excess =
            |s: &Series| s.excess_short().ok().and_then(|points| u64::try_from(points).ok()).filter(|p| *p > 0);
        self.in_registry().filter(|(_, s)| is_live(s)).filter_map(|(id, s)| Some((id, excess(s)?))).collect()
    }

    /// Returns how many of up to `points` written options of a series `auto_deleverage` can close in an account now: all of them, or the
    /// largest half, quarter and so on that leaves a healthy account above maintenance; zero if none.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) when no price of the account's live positions is usable, or one of them is not certain.
    pub fn deleverage(&self, account: &MarginAccount, series: SeriesId, points: u64) -> Result<u64> {
        let places = self.priced(account)?;
        let mut size = i64::try_from(points).unwrap_or(i64::MAX);
        while size > 0 {
            let leg = Leg { series, points: size };
            let (closed, ..) = self.on_account(PriceUse::Mark, &places, account, |engine, settled| {
                Ok(settled.is_shrunk_by(&leg) && engine.force_close(settled, &[leg]).is_ok())
            })?;
            if closed {
                break;
            }
            size /= 2;
        }
        Ok(size.unsigned_abs())
    }

    /// Returns the series without open interest, whose slots `retire_series` frees.
    pub fn retirable(&self) -> Vec<SeriesId> {
        self.in_registry().filter(|(_, series)| series.is_unused()).map(|(id, _)| id).collect()
    }

    fn in_registry(&self) -> impl Iterator<Item = (SeriesId, &Series)> {
        let slots = (0u8..=u8::MAX).zip(&self.registry.series);
        let used = slots.filter(|(_, series)| series.status() != SeriesStatus::Free);
        used.map(|(slot, series)| (SeriesId { slot, generation: series.generation }, series))
    }
}

fn is_live(series: &Series) -> bool {
    series.status() == SeriesStatus::Live
}

#[cfg(test)]
mod tests;
