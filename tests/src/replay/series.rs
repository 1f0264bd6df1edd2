//! Series and their notices as the log tells them.

use super::{Replay, key};
use crate::snapshot::PoolView;
use evergreen_sdk::evergreen::state::Notices;
use std::collections::BTreeMap;

impl Replay {
    pub(super) fn check_series(&self, view: &PoolView) {
        let moment = |given: u32| if given == 0 { 0 } else { i64::from(given) + Notices::PERIOD };
        let of_chain = view.series().map(|(id, s)| {
            let Notices { slot, capital, excess } = view.registry.notices[usize::from(id.slot)];
            (
                (view.key, key(id)),
                (s.underlying, s.kind, s.strike, s.tenor, [moment(slot), moment(capital), moment(excess)]),
            )
        });
        let of_log = self.series.iter().filter(|((pool, _), _)| *pool == view.key).map(|(k, s)| (*k, *s));
        assert_eq!(of_log.collect::<BTreeMap<_, _>>(), of_chain.collect(), "series rebuilt from the log");
    }
}
