//! The step that migrates accounts of earlier layouts.

use super::{Item, Scene, Standing, Task};
use crate::chain::OldAccount;
use evergreen_sdk::{
    accounts::Kind,
    anchor_lang::{prelude::Rent, solana_program::system_instruction},
    evergreen::state::{LAYOUT_VERSION, MarginAccount, OLD_MARGIN_ACCOUNT, OLD_REGISTRY, SeriesRegistry},
    instruction as build,
};

/// Capacity of one transaction, in units of [`room`].
const ROOM: u32 = 16;

/// Bytes of an account that grows, before and after.
const fn growth(kind: Kind) -> Option<(usize, usize)> {
    match kind {
        Kind::MarginAccount => Some((OLD_MARGIN_ACCOUNT, MarginAccount::SPACE)),
        Kind::SeriesRegistry => Some((OLD_REGISTRY, SeriesRegistry::SPACE)),
        _ => None,
    }
}

/// Share of a transaction's capacity that the migration of an account takes. One that grows also needs a transfer of rent.
const fn room(kind: Kind) -> u32 {
    if growth(kind).is_some() { 2 } else { 1 }
}

/// Rent of the bytes by which an account of an earlier layout grows, lamports; `None` where it does not.
fn growth_rent(kind: Kind) -> Option<u64> {
    let (old, new) = growth(kind)?;
    let rent = Rent::default();
    Some(rent.minimum_balance(new).saturating_sub(rent.minimum_balance(old)))
}

/// Step 2: every account has this version's layout. Anyone may migrate accounts.
pub(super) fn upgraded(scene: &Scene) -> Vec<Item> {
    let old = &scene.chain.old;
    if old.is_empty() {
        return vec![Item::new(format!("all accounts have layout {LAYOUT_VERSION}"), Standing::Done)];
    }
    let batch = batch(old);
    let counted = |count: usize| if count == 1 { "1 account".into() } else { format!("{count} accounts") };
    let what = format!("bring {} to layout {LAYOUT_VERSION}: {}", counted(batch.len()), kinds(batch));
    let instructions = batch.iter().flat_map(|account| {
        // An account that grows has to hold the rent of its new size before.
        let transfer = |rent| system_instruction::transfer(&scene.operator, &account.address, rent);
        let rent = growth_rent(account.kind).map(transfer);
        rent.into_iter().chain([build::migrate_account(account.address)])
    });
    let task = Task::new(what, instructions.collect());
    vec![Item::new(format!("{} of an earlier layout", counted(old.len())), Standing::ToDo(task))]
}

/// Returns as many of the first accounts as fit into one transaction.
fn batch(old: &[OldAccount]) -> &[OldAccount] {
    let mut used = 0;
    let fit = old.iter().take_while(|account| {
        used += room(account.kind);
        used <= ROOM
    });
    &old[..fit.count()]
}

/// Counts accounts by type, for instance "1 SeriesRegistry, 3 LiquidityRequest".
fn kinds(batch: &[OldAccount]) -> String {
    let counted = Kind::ALL.iter().filter_map(|kind| {
        let count = batch.iter().filter(|account| account.kind == *kind).count();
        (count > 0).then(|| format!("{count} {kind:?}"))
    });
    counted.collect::<Vec<_>>().join(", ")
}
