//! What governance changes of an underlying, and by how much at once.

use super::Underlying;
use crate::{
    ensure,
    errors::MathContext,
    state::bump_version,
    types::{PriceSource, UnderlyingParams},
};
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, Dollars, Ratio, Seconds, UnixTime, volatility};

/// Returns a volatility in whole basis points, rounded down, for a message.
fn to_bps(volatility: Ratio) -> i64 {
    i64::try_from(volatility.to_bits().saturating_mul(10_000) >> 64).unwrap_or(i64::MAX)
}

impl Underlying {
    /// Returns the kind of price account. Errors: `InvalidParameter`, which a stored underlying never causes.
    pub fn price_source(&self) -> Result<PriceSource> {
        match self.source {
            0 => Ok(PriceSource::PythUpdate),
            1 => Ok(PriceSource::PythLegacy),
            _ => err!(crate::errors::EvergreenError::InvalidParameter),
        }
    }

    /// Checks that new parameters do not make quotes at a price, in dollars, jump, nor lead them where only who knows the parameters expects them, because traders
    /// could profit by trading before and after.
    ///
    /// What quotes show now is compared as trades at that price get it, whichever parameters move it, the move that waits for its sample included. Steps of single
    /// parameters are limited for what these quotes do not show: wings, days to come, and what lies ahead.
    ///
    /// Errors: `MarkWouldJump` when ask, bid or mark of a tenor moves by more than [`UnderlyingParams::MAX_VOL_STEP`], the bid by more than twice that, or any of them together with the
    /// smile; a target of the volatility by as much ([`volatility::outlook`]); skew or convexity by more than [`UnderlyingParams::MAX_SMILE_STEP`], a half-life by more than one in
    /// [`UnderlyingParams::HALF_LIFE_STEP`], the cut of samples by more than one, or the speed of a day of the weekend by more
    /// than [`UnderlyingParams::MAX_DAY_STEP`]; or when the present volatility lies outside the new bounds.
    #[inline(never)]
    pub fn check_params(&self, params: &UnderlyingParams, price: Dollars, now: UnixTime) -> Result<()> {
        let (smile, day) = (u32::from(UnderlyingParams::MAX_SMILE_STEP), u32::from(UnderlyingParams::MAX_DAY_STEP));
        let old = &self.params;
        let part = |half_life: u32| half_life.checked_div(UnderlyingParams::HALF_LIFE_STEP).unwrap_or(0).max(1);
        let (skew, convexity) = (
            params.smile_skew_bps.abs_diff(old.smile_skew_bps),
            params.smile_convexity_bps.abs_diff(old.smile_convexity_bps),
        );
        for (name, step, most) in [
            ("smile_skew_bps", skew.into(), smile),
            ("smile_convexity_bps", convexity.into(), smile),
            (
                "vol_fast_half_life",
                params.vol_fast_half_life.abs_diff(old.vol_fast_half_life),
                part(old.vol_fast_half_life),
            ),
            (
                "vol_slow_half_lives",
                params.vol_slow_half_lives.abs_diff(old.vol_slow_half_lives).into(),
                part(old.vol_slow_half_lives.into()),
            ),
            ("vol_sample_cap", params.vol_sample_cap.abs_diff(old.vol_sample_cap).into(), 1),
            ("vol_saturday_bps", params.vol_saturday_bps.abs_diff(old.vol_saturday_bps).into(), day),
            ("vol_sunday_bps", params.vol_sunday_bps.abs_diff(old.vol_sunday_bps).into(), day),
        ] {
            ensure!(step <= most, MarkWouldJump, "{} moves by {}, at most {} at once", name, step, most);
        }
        let (present, state) = (self.volatility_params(), self.volatility_state());
        let most = if skew == 0 && convexity == 0 { UnderlyingParams::MAX_VOL_STEP } else { BasisPoints(0) };
        let targets = volatility::outlook(&present, &state).program()?;
        let changed = volatility::outlook(&params.volatility(), &state).program()?;
        for (was, would) in targets.into_iter().zip(changed) {
            let near = volatility::near(would, was, most).program()?;
            let [was, would] = [was, would].map(to_bps);
            ensure!(
                near,
                MarkWouldJump,
                "a target of {} bps becomes {}, at most {} bps of itself at once",
                was,
                would,
                most.0
            );
        }
        let rested = volatility::rest(&present, &state, now).program()?;
        let (least, highest) = (BasisPoints(params.vol_min_bps), BasisPoints(params.vol_max_bps));
        let inside = least.to_ratio() <= rested.back && rested.front <= highest.to_ratio();
        ensure!(inside, MarkWouldJump, "volatility is outside {} to {} bps", least.0, highest.0);
        let quoted = |params| volatility::quoted(params, &rested, price, now);
        self.check_quotes(&quoted(&present).program()?, &quoted(&params.volatility()).program()?, most)
    }

    /// Checks that asks and marks of its tenors do not move by more than `most` from the first quotes to the second, and bids, which count what lies between two targets as well, by
    /// twice that. Errors: `MarkWouldJump`.
    #[inline(never)]
    fn check_quotes(
        &self,
        present: &volatility::Quoted,
        changed: &volatility::Quoted,
        most: BasisPoints,
    ) -> Result<()> {
        for tenor in self.params.tenors.iter().filter(|tenor| tenor.seconds != 0) {
            let tenor = Seconds(tenor.seconds);
            for (was, would, most) in [
                (Ok(present.ask), Ok(changed.ask), most),
                (present.mark(tenor), changed.mark(tenor), most),
                (present.bid(tenor), changed.bid(tenor), BasisPoints(most.0.saturating_mul(2))),
            ] {
                let (was, would) = (was.program()?, would.program()?);
                let near = volatility::near(would, was, most).program()?;
                let [was, would] = [was, would].map(to_bps);
                ensure!(
                    near,
                    MarkWouldJump,
                    "the volatility of {} s becomes {} bps, from {}, at most {} bps of itself at once",
                    tenor.0,
                    would,
                    was,
                    most.0
                );
            }
        }
        Ok(())
    }

    /// Stores new parameters. The volatility of quotes keeps its present value and follows the new parameters from `now` on.
    pub fn set_params(&mut self, params: &UnderlyingParams, now: UnixTime) -> Result<()> {
        let state = volatility::rest(&self.volatility_params(), &self.volatility_state(), now).program()?;
        self.set_volatility_state(state);
        self.params = *params;
        self.configured_at = now.0;
        bump_version(&mut self.config_version)
    }

    /// Stores a new kind of price account and its owner. Errors: `Overflow`.
    pub fn set_price_source(&mut self, source: PriceSource, price_owner: Pubkey) -> Result<()> {
        self.source = source as u8;
        self.price_owner = price_owner;
        bump_version(&mut self.config_version)
    }
}
