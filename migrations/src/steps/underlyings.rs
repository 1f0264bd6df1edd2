//! The step that creates underlyings.

use super::{Item, Scene, Standing, Task, protocol};
use crate::UnderlyingPlan;
use evergreen_sdk::{anchor_lang::prelude::Pubkey, evergreen::state::Underlying, instruction as build};

/// Step 4: every underlying of the file exists.
pub(super) fn created(scene: &Scene) -> Vec<Item> {
    let admin = protocol(scene).map(|protocol| protocol.admin);
    let items = scene.cluster.underlyings.iter().map(|plan| {
        let what = format!("{} at {}", plan.preset.name(), plan.address);
        let standing = match (scene.chain.underlyings.get(&plan.address), &admin) {
            (Some(present), _) => compared(plan, present),
            (None, Err(first)) => first.clone(),
            (None, Ok(admin)) => Standing::ToDo(create(scene, plan, *admin)),
        };
        Item::new(what, standing)
    });
    items.collect()
}

fn create(scene: &Scene, plan: &UnderlyingPlan, admin: Pubkey) -> Task {
    let price = scene.cluster.prices.push_feed(0, &plan.config.feed_id);
    let instruction = build::create_underlying(scene.payer(&admin), admin, price, plan.config.clone());
    Task::new(format!("create the underlying {}, priced by {price}", plan.preset.name()), vec![instruction])
}

/// Compares the symbol, which never changes; another step compares parameters and price source.
fn compared(plan: &UnderlyingPlan, present: &Underlying) -> Standing {
    if present.symbol == plan.config.symbol {
        return Standing::Done;
    }
    let words = |symbol: &[u8; 8]| String::from_utf8_lossy(symbol).trim_end_matches('\0').to_owned();
    let (present, wanted) = (words(&present.symbol), words(&plan.config.symbol));
    Standing::Blocked(format!("its symbol is {present} on chain, {wanted} in the file, and never changes"))
}
