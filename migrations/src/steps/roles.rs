//! Steps about timelock and roles. They change by proposals, one after the other, because every change of the protocol account makes
//! its other proposals void.

use super::{
    Item, Scene, Standing, Task,
    changes::{Wanted, pursue, would_change},
    protocol,
};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    evergreen::state::{Change, Protocol},
    instruction::{self as build, ChangeAccounts},
};

/// Step 8: the timelock is that of the file.
pub(super) fn timelock(scene: &Scene) -> Vec<Item> {
    let wanted = scene.cluster.timelock;
    let what = format!("timelock of {wanted} s");
    let standing = match protocol(scene) {
        Err(first) => first,
        Ok(protocol) if protocol.timelock == wanted => Standing::Done,
        Ok(protocol) => {
            let words = format!("the timelock {} s → {wanted} s", protocol.timelock);
            change(scene, protocol, words, Change::Timelock(wanted))
        }
    };
    vec![item(scene, what, standing, Change::Timelock(wanted))]
}

/// Step 9: guardian and fee owner are those of the file; they change one after the other.
pub(super) fn helpers(scene: &Scene) -> Vec<Item> {
    let (guardian, fee_owner) = (scene.cluster.guardian, scene.cluster.fee_owner);
    let protocol = match protocol(scene) {
        Ok(protocol) => protocol,
        Err(first) => {
            let named = [format!("guardian {guardian}"), format!("fee owner {fee_owner}")];
            return named.map(|what| Item::new(what, first.clone())).into();
        }
    };
    let first = role(scene, protocol, "guardian", protocol.guardian, guardian, Change::Guardian);
    let mut second = role(scene, protocol, "fee owner", protocol.fee_owner, fee_owner, Change::FeeOwner);
    if first.standing != Standing::Done && second.standing != Standing::Done {
        second.standing = Standing::Later("the guardian comes first: its change makes other proposals void".into());
    }
    vec![first, second]
}

fn role(
    scene: &Scene,
    protocol: &Protocol,
    name: &str,
    present: Pubkey,
    wanted: Pubkey,
    of: fn(Pubkey) -> Change,
) -> Item {
    let standing = if present == wanted {
        Standing::Done
    } else {
        change(scene, protocol, format!("the {name} {present} → {wanted}"), of(wanted))
    };
    item(scene, format!("{name} {wanted}"), standing, of(wanted))
}

/// Step 10: the admin is that of the file. The change is proposed and executed, and the new admin accepts it.
pub(super) fn admin(scene: &Scene) -> Vec<Item> {
    let wanted = scene.cluster.admin;
    let standing = match protocol(scene) {
        Err(first) => first,
        Ok(protocol) if protocol.admin == wanted => Standing::Done,
        Ok(protocol) if protocol.pending_admin == wanted => {
            let what = format!("accept the role of admin as {wanted}");
            Standing::ToDo(Task::new(what, vec![build::accept_admin(wanted)]))
        }
        Ok(protocol) => {
            let words = format!("the admin {} → {wanted}", protocol.admin);
            change(scene, protocol, words, Change::Admin(wanted))
        }
    };
    vec![item(scene, format!("admin {wanted}"), standing, Change::Admin(wanted))]
}

/// Returns an item; if it is done, its description names open proposals of the same kind.
fn item(scene: &Scene, mut what: String, standing: Standing, kind: Change) -> Item {
    if standing == Standing::Done {
        let is_kind = |change: &Change| core::mem::discriminant(change) == core::mem::discriminant(&kind);
        what += &would_change(scene, address::protocol(), is_kind);
    }
    Item::new(what, standing)
}

fn change(scene: &Scene, protocol: &Protocol, what: String, change: Change) -> Standing {
    let wanted = Wanted { what, change, version: protocol.config_version, accounts: ChangeAccounts::protocol() };
    pursue(scene, protocol, &wanted)
}
