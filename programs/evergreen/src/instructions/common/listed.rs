//! What the underlyings that a pool lists mean for its parameters.

use crate::{instructions::common::read, state::*};
use anchor_lang::prelude::*;
use evergreen_math::Seconds;

/// The oldest price of each underlying in seconds, which the fees must cover. They have to cover the window of fills, too. Errors:
/// `FeeBelowLatencyFloor`, `FeeBelowWaitingFloor`.
#[inline(never)]
pub(crate) fn max_ages<'info>(
    params: &PoolParams,
    listed: &'info [AccountInfo<'info>],
) -> Result<[u32; MAX_UNDERLYINGS]> {
    let mut ages = [0; MAX_UNDERLYINGS];
    for (age, info) in ages.iter_mut().zip(listed) {
        let loader = AccountLoader::<Underlying>::try_from(info)?;
        let underlying = read(&loader)?;
        *age = underlying.params.max_age;
        params.check_latency_floor(Seconds(*age))?;
    }
    params.check_waiting_floor()?;
    Ok(ages)
}
