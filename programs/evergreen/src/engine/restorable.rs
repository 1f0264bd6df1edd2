//! A copy of the state that a trade changes, from which it can be restored.

use super::PoolEngine;
use crate::state::{MarginAccount, Series, SeriesId};
use anchor_lang::prelude::*;

/// A copy of the state that a trade changes.
pub(super) struct Restorable {
    /// Bytes of the pool, which is too large for a stack frame.
    pool: Vec<u8>,
    account: Box<MarginAccount>,
    series: Vec<(SeriesId, Series)>,
}

impl Restorable {
    /// Copies the pool, an account and the series of these ids. Errors: `UnknownSeries`.
    #[inline(never)]
    pub(super) fn of(engine: &PoolEngine, account: &MarginAccount, ids: &[SeriesId]) -> Result<Box<Self>> {
        let mut series = Vec::with_capacity(ids.len());
        for id in ids {
            series.push((*id, *engine.registry.series(*id)?));
        }
        let pool = bytemuck::bytes_of(engine.pool).to_vec();
        Ok(Box::new(Self { pool, account: Box::new(*account), series }))
    }

    /// Restores the copied state. Errors: `UnknownSeries`.
    #[inline(never)]
    pub(super) fn restore(&self, engine: &mut PoolEngine, account: &mut MarginAccount) -> Result<()> {
        bytemuck::bytes_of_mut(engine.pool).copy_from_slice(&self.pool);
        *account = *self.account;
        for (id, series) in &self.series {
            *engine.registry.series_mut(*id)? = *series;
        }
        Ok(())
    }
}
