//! Exercises: only at prices that are past the cap also where their confidence speaks against that, whatever their quality.

use super::{Check, published::Published};
use crate::valuation::terms;
use anchor_lang::{AnchorDeserialize, Discriminator};
use evergreen_math::{Dollars, option::OptionKind};
use evergreen_sdk::{
    address,
    evergreen::{instruction as args, state::SeriesId},
};

pub(super) fn check(check: &Check) {
    let is_exercise = |data: &[u8]| data.starts_with(args::ExerciseSeries::DISCRIMINATOR);
    for instruction in check.instructions.iter().filter(|i| i.program_id == address::PROGRAM && is_exercise(&i.data)) {
        let id = SeriesId::deserialize(&mut &instruction.data[8..]).expect("a series");
        let keys: Vec<_> = instruction.accounts.iter().map(|meta| meta.pubkey).collect();
        let view = check.before.pools().into_iter().find(|view| keys.contains(&view.key)).expect("the pool");
        let series = &view.registry.series[usize::from(id.slot)];
        let underlying = view.pool.underlyings[usize::from(series.underlying)].key;
        let place = keys.iter().position(|key| *key == underlying).expect("its underlying");
        let price = keys[place + 1];
        let source = check.before.underlying(&underlying).source;
        let data = &check.published.get(&price).expect("its price").data;
        let p = Published::decode(source, &price, data).expect("its price");
        let confidence = i128::from(p.confidence);
        let terms = terms(series);
        let end = i128::from(p.price) + if terms.kind() == OptionKind::Call { -confidence } else { confidence };
        let unit = 10i128.pow(p.exponent.unsigned_abs());
        // Whole dollars and the rest are converted apart, so that nothing overflows.
        let end = Dollars::from_bits((end.div_euclid(unit) << 64) + (end.rem_euclid(unit) << 64) / unit);
        assert!(terms.is_capped_at(end), "exercised at {} ± {}, short of the cap", p.price, p.confidence);
    }
}
