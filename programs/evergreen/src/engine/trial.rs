//! What the health of an account would be after legs are closed: the one place where closing is tried before it is done.

use super::PoolEngine;
use crate::{
    errors::{EvergreenError, MathContext},
    state::{Leg, MarginAccount, SeriesId},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    NativeDelta, Points,
    margin::{HealthLevel, Portfolio, ScenarioValues},
};

impl PoolEngine<'_> {
    /// Returns health after legs of an account are closed, native units, if it has `cash` before them. `values` tells what their options are worth, `now` is the portfolio before
    /// them, and `then` a place to try them in: what the heap has handed out stays taken.
    ///
    /// Amounts are bounds, so two native units a leg are added for roundings: what only they take is no fall. Errors: `LegNotReducing`, those of a valuation.
    #[inline(never)]
    pub(super) fn health_after<const LEVELS: usize>(
        &mut self,
        account: &MarginAccount,
        mut cash: NativeDelta,
        level: HealthLevel,
        legs: &[Leg],
        values: &[(SeriesId, ScenarioValues<LEVELS>)],
        (now, then): (&Portfolio<LEVELS>, &mut Portfolio<LEVELS>),
    ) -> Result<NativeDelta> {
        *then = *now;
        for leg in legs {
            let held = account.find(leg.series).map_or(Points::ZERO, |place| account.positions[place].points());
            let (_, values) =
                values.iter().find(|(series, _)| *series == leg.series).ok_or(EvergreenError::LegNotReducing)?;
            then.change(values, held, held.checked_add(Points(leg.points)).program()?, self.scale).program()?;
            cash = cash.checked_add(self.proceeds(leg)?).program()?;
        }
        let roundings = i64::try_from(legs.len()).map_err(crate::errors::too_large)?.saturating_mul(2);
        let cash = cash.checked_add(NativeDelta(roundings)).program()?;
        then.health(level, cash, NativeDelta::ZERO).program()
    }
}
