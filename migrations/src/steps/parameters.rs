//! The step that changes parameters that differ from the file, by proposals.

use super::{
    Item, Scene, Standing,
    changes::{Wanted, price_account, pursue, would_change},
    protocol,
};
use crate::{
    PoolOverrides, PoolPlan, UnderlyingOverrides, UnderlyingPlan,
    params::{Difference, list},
};
use evergreen_sdk::{
    evergreen::state::{Change, LAYOUT_VERSION, Pool, Underlying, UnderlyingParams},
    instruction::ChangeAccounts,
};

/// Step 7: price sources and parameters are those of the file.
pub(super) fn changed(scene: &Scene) -> Vec<Item> {
    let mut items = Vec::new();
    for plan in &scene.cluster.underlyings {
        let what = plan.preset.name().to_owned();
        match scene.chain.underlyings.get(&plan.address) {
            None => items.push(Item::new(what, Standing::Later("is created with them (step 4)".into()))),
            Some(present) => items.push(underlying(scene, plan, present)),
        }
    }
    for (plan, now) in scene.cluster.pools.iter().zip(&scene.chain.pools) {
        match &now.pool {
            None => items.push(Item::new(&plan.name, Standing::Later("is created with them (step 5)".into()))),
            Some(present) => items.push(pool(scene, plan, present)),
        }
    }
    items
}

fn underlying(scene: &Scene, plan: &UnderlyingPlan, present: &Underlying) -> Item {
    let name = plan.preset.name();
    let (source, price_owner) = (plan.config.source, plan.config.price_owner);
    let accounts = |price| ChangeAccounts::underlying(plan.address, price);
    if (present.source, present.price_owner) != (source as u8, price_owner) {
        let what = format!("the price source of {name} {} → {price_owner}", present.price_owner);
        let change = Change::PriceSource { source, price_owner };
        let accounts = accounts(scene.cluster.prices.push_feed(0, &present.feed_id));
        return item(scene, present.version, Wanted { what, change, version: present.config_version, accounts });
    }
    let wanted = plan.config.params;
    let differences = UnderlyingOverrides::differences(&present.params, &wanted);
    if differences.is_empty() {
        let of_params = |change: &Change| matches!(change, Change::UnderlyingParams(_) | Change::PriceSource { .. });
        return Item::new(format!("{name}{}", would_change(scene, plan.address, of_params)), Standing::Done);
    }
    let most = UnderlyingParams::MAX_SMILE_STEP;
    let params = UnderlyingParams {
        smile_skew_bps: toward(present.params.smile_skew_bps, wanted.smile_skew_bps, most),
        smile_convexity_bps: toward(present.params.smile_convexity_bps, wanted.smile_convexity_bps, most),
        ..wanted
    };
    let what = words(name, &UnderlyingOverrides::differences(&present.params, &params), params != wanted);
    let change = Change::UnderlyingParams(params);
    let accounts = accounts(price_account(&present.feed_id, &present.price_owner));
    let wanted = Wanted { what, change, version: present.config_version, accounts };
    item(scene, present.version, wanted)
}

fn pool(scene: &Scene, plan: &PoolPlan, present: &Pool) -> Item {
    let wanted = plan.params;
    let differences = PoolOverrides::differences(&present.params, &wanted);
    if differences.is_empty() {
        let of_params = |change: &Change| matches!(change, Change::PoolParams(_));
        let address = evergreen_sdk::address::pool(&plan.mint);
        return Item::new(format!("{}{}", plan.name, would_change(scene, address, of_params)), Standing::Done);
    }
    let what = words(&plan.name, &differences, false);
    let listed = present.underlyings.iter().take(usize::from(present.underlying_count));
    let accounts = ChangeAccounts::pool(
        evergreen_sdk::address::pool(&plan.mint),
        listed.map(|underlying| underlying.key).collect(),
    );
    let change = Change::PoolParams(wanted);
    item(scene, present.version, Wanted { what, change, version: present.config_version, accounts })
}

fn item(scene: &Scene, layout: u8, wanted: Wanted) -> Item {
    let standing = match protocol(scene) {
        Err(first) => first,
        Ok(_) if layout != LAYOUT_VERSION => {
            Standing::Later("accounts of an earlier layout (step 2) come first".into())
        }
        Ok(protocol) => pursue(scene, protocol, &wanted),
    };
    Item::new(wanted.what, standing)
}

fn words(name: &str, differences: &[Difference], more: bool) -> String {
    let more = if more { ", on the way further" } else { "" };
    format!("parameters of {name}: {}{more}", list(differences))
}

/// Returns the wanted value, or the value that is `most` away from the present one in its direction.
fn toward(present: i16, wanted: i16, most: u16) -> i16 {
    if wanted > present {
        wanted.min(present.saturating_add_unsigned(most))
    } else {
        wanted.max(present.saturating_sub_unsigned(most))
    }
}

#[cfg(test)]
mod tests {
    use super::toward;

    #[test]
    fn a_step_is_never_too_long() {
        assert_eq!(toward(0, 200, 50), 50);
        assert_eq!(toward(150, 200, 50), 200);
        assert_eq!(toward(0, -75, 50), -50);
        assert_eq!(toward(-50, -75, 50), -75);
        assert_eq!(toward(7, 7, 50), 7);
    }
}
