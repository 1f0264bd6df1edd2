//! Accounts of earlier layouts.

use super::{Item, Scene, Standing, Task};
use crate::chain::OldAccount;
use evergreen_sdk::{accounts::Kind, evergreen::state::LAYOUT_VERSION, instruction as build};

/// What one transaction has room for, in sixteenths.
const ROOM: u32 = 16;

/// Room that an account's migration takes: of compute units (a registry has 64 series) or bytes (a pool names its
/// underlyings).
const fn room(kind: Kind) -> u32 {
    match kind {
        Kind::SeriesRegistry | Kind::Pool => 4,
        _ => 1,
    }
}

/// Every account has this version's layout. Anyone may bring it there.
pub(super) fn upgraded(scene: &Scene) -> Vec<Item> {
    let old = &scene.chain.old;
    if old.is_empty() {
        return vec![Item::new(format!("all accounts have layout {LAYOUT_VERSION}"), Standing::Done)];
    }
    let batch = batch(old);
    let counted = |count: usize| if count == 1 { "1 account".into() } else { format!("{count} accounts") };
    let what = format!("bring {} to layout {LAYOUT_VERSION}: {}", counted(batch.len()), kinds(batch));
    let instructions = batch.iter().map(|account| build::migrate_account(account.address, &account.underlyings));
    let task = Task::new(what, instructions.collect());
    vec![Item::new(format!("{} of an earlier layout", counted(old.len())), Standing::ToDo(task))]
}

/// The first accounts, as many as one transaction takes.
fn batch(old: &[OldAccount]) -> &[OldAccount] {
    let mut used = 0;
    let fit = old.iter().take_while(|account| {
        used += room(account.kind);
        used <= ROOM
    });
    &old[..fit.count()]
}

/// "1 SeriesRegistry, 3 WithdrawalRequest".
fn kinds(batch: &[OldAccount]) -> String {
    let counted = Kind::ALL.iter().filter_map(|kind| {
        let count = batch.iter().filter(|account| account.kind == *kind).count();
        (count > 0).then(|| format!("{count} {kind:?}"))
    });
    counted.collect::<Vec<_>>().join(", ")
}
