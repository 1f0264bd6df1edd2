//! What a proposal changes, in words.

use crate::{context::short, output::span};
use evergreen_sdk::evergreen::state::Change;

/// What a proposal changes, in words.
pub fn change(change: &Change) -> String {
    match change {
        Change::PoolParams(_) => "new parameters of the pool".into(),
        Change::UnderlyingParams(_) => "new parameters of an underlying".into(),
        Change::PriceSource { price_owner, .. } => format!("prices from accounts of {}", short(price_owner)),
        Change::ResumePool => "the pool is halted no longer".into(),
        Change::Guardian(key) => format!("guardian {}", short(key)),
        Change::FeeOwner(key) => format!("owner of fees {}", short(key)),
        Change::Admin(key) => format!("admin {}, who has yet to accept", short(key)),
        Change::Curator(key) => format!("curator {}, who has yet to accept", short(key)),
        Change::Timelock(seconds) => format!("timelock of {}", span((*seconds).into())),
    }
}
