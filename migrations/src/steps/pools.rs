//! Steps that create pools and provide their first liquidity.

use super::{Item, Scene, Standing, Task, protocol};
use crate::{PoolPlan, chain::PoolNow};
use anchor_spl::{
    associated_token::spl_associated_token_account::instruction::create_associated_token_account, token,
    token::spl_token,
};
use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    convert,
    evergreen::state::{LAYOUT_VERSION, Pool, ShareClass},
    instruction::{self as build, PoolKeys},
};

const CLASSES: [ShareClass; 2] = [ShareClass::Main, ShareClass::Insurance];

/// A deposit into a class of liquidity.
struct Deposit {
    class: ShareClass,
    /// Native units of the collateral.
    amount: u64,
    /// Description of the deposit.
    words: String,
}

/// Step 5: every pool of the file exists. If the admin's key is at hand, its first liquidity comes in the same transaction, so nobody can
/// provide liquidity before the operator, and it cannot be provided twice.
pub(super) fn created(scene: &Scene) -> Vec<Item> {
    let pools = scene.cluster.pools.iter().zip(&scene.chain.pools);
    let items = pools.map(|(plan, now)| {
        let standing = standing(scene, plan, now).unwrap_or_else(|standing| standing);
        Item::new(format!("{} at {}", plan.name, address::pool(&plan.mint)), standing)
    });
    items.collect()
}

fn standing(scene: &Scene, plan: &PoolPlan, now: &PoolNow) -> Result<Standing, Standing> {
    let keys = mint_exists(plan, now)?;
    if let Some(pool) = &now.pool {
        return Ok(compared(scene, plan, pool));
    }
    let admin = protocol(scene)?.admin;
    if let Some(missing) = plan.underlyings.iter().find(|key| !scene.chain.underlyings.contains_key(key)) {
        let name = scene.cluster.name_of(missing);
        return Err(Standing::Later(format!("the underlying {name} (step 4) comes first")));
    }
    // If the admin's key is not at hand, admin and operator cannot sign together, and the next step provides the liquidity.
    let together = (scene.holds)(&admin);
    let deposits = deposits(plan, now, &[together; 2])?;
    let create = build::create_pool(scene.payer(&admin), admin, keys, plan.scale, plan.params, &plan.underlyings);
    let mut instructions = vec![create];
    for (number, deposit) in (scene.chain.next_number..).zip(&deposits) {
        // The share mint is new, so the operator has no account of it yet.
        instructions.extend(provide(scene.operator, keys, deposit, number, false));
    }
    let with: Vec<&str> = deposits.iter().map(|deposit| deposit.words.as_str()).collect();
    let with = if with.is_empty() { String::new() } else { format!(" with {}", with.join(" and ")) };
    let names: Vec<String> = plan.underlyings.iter().map(|key| scene.cluster.name_of(key)).collect();
    let what = format!("create the pool {} on {}{with}", plan.name, names.join(", "));
    Ok(Standing::ToDo(Task::new(what, instructions)))
}

/// Step 6: pools that exist without liquidity get their first liquidity.
pub(super) fn provided(scene: &Scene) -> Vec<Item> {
    let mut items = Vec::new();
    for (plan, now) in scene.cluster.pools.iter().zip(&scene.chain.pools) {
        for (place, class) in CLASSES.into_iter().enumerate() {
            let Some(amount) = plan.first_liquidity[place] else { continue };
            let what = format!("{}: {amount} of the {} class", plan.name, words(class));
            let standing = first_liquidity(scene, plan, now, place).unwrap_or_else(|standing| standing);
            items.push(Item::new(what, standing));
        }
    }
    items
}

fn first_liquidity(scene: &Scene, plan: &PoolPlan, now: &PoolNow, place: usize) -> Result<Standing, Standing> {
    let keys = mint_exists(plan, now)?;
    let Some(pool) = &now.pool else {
        return Err(Standing::Later("comes with the pool (step 5)".into()));
    };
    if pool.version != LAYOUT_VERSION {
        return Err(Standing::Later("accounts of an earlier layout (step 2) come first".into()));
    }
    let class = CLASSES[place];
    if pool.shares(class).total > 0 {
        return Ok(Standing::Done);
    }
    let mut wanted = [false; 2];
    wanted[place] = true;
    let deposits = deposits(plan, now, &wanted)?;
    let mut instructions = Vec::new();
    for deposit in &deposits {
        instructions.extend(provide(scene.operator, keys, deposit, scene.chain.next_number, now.share_accounts[place]));
    }
    let with: Vec<&str> = deposits.iter().map(|deposit| deposit.words.as_str()).collect();
    Ok(Standing::ToDo(Task::new(format!("provide {} to the pool {}", with.join(" and "), plan.name), instructions)))
}

/// Returns instructions of a deposit that cannot be made twice: they close an empty share account if there is one, and create it anew.
/// Once the account has shares, it can be neither closed nor created.
fn provide(operator: Pubkey, keys: &PoolKeys, deposit: &Deposit, number: u64, has_account: bool) -> Vec<Instruction> {
    let mint = keys.share_mint(deposit.class);
    let mut instructions = Vec::new();
    if has_account {
        let shares = keys.shares(&operator, deposit.class);
        let close = spl_token::instruction::close_account(&token::ID, &shares, &operator, &operator, &[]);
        instructions.extend(close);
    }
    instructions.push(create_associated_token_account(&operator, &operator, &mint, &token::ID));
    // The first deposit of a class waits for nothing.
    instructions.extend(build::deposit_at_once(operator, keys, deposit.class, number, deposit.amount, 1));
    instructions
}

/// Returns the deposits of the wanted classes, or `Blocked` if the operator's wallet does not hold enough tokens.
fn deposits(plan: &PoolPlan, now: &PoolNow, wanted: &[bool; 2]) -> Result<Vec<Deposit>, Standing> {
    let mut all = Vec::new();
    for (place, class) in CLASSES.into_iter().enumerate().filter(|(place, _)| wanted[*place]) {
        let Some(tokens) = plan.first_liquidity[place] else { continue };
        let native = convert::native(tokens, now.decimals);
        let amount = native
            .map_err(|error| Standing::Blocked(format!("first_liquidity.{} of {tokens}: {error}", words(class))))?;
        all.push(Deposit { class, amount, words: format!("{tokens} of the {} class", words(class)) });
    }
    let needed = all.iter().fold(0u64, |sum, deposit| sum.saturating_add(deposit.amount));
    if needed > now.wallet {
        let shown = |native: u64| convert::tokens(native, now.decimals).normalize();
        let (needed, has) = (shown(needed), shown(now.wallet));
        return Err(Standing::Blocked(format!("first liquidity takes {needed}, the operator's wallet holds {has}")));
    }
    Ok(all)
}

fn mint_exists<'a>(plan: &PoolPlan, now: &'a PoolNow) -> Result<&'a PoolKeys, Standing> {
    now.keys.as_ref().ok_or_else(|| Standing::Blocked(format!("there is no mint {} on this network", plan.mint)))
}

/// Compares the scale and the underlyings, which never change.
fn compared(scene: &Scene, plan: &PoolPlan, pool: &Pool) -> Standing {
    if pool.scale_exponent != plan.scale {
        let (present, wanted) = (pool.scale_exponent, plan.scale);
        return Standing::Blocked(format!("its scale is {present} on chain, {wanted} in the file, and never changes"));
    }
    let present: Vec<Pubkey> =
        pool.underlyings.iter().take(usize::from(pool.underlying_count)).map(|listed| listed.key).collect();
    if present != plan.underlyings {
        let names = |keys: &[Pubkey]| keys.iter().map(|key| scene.cluster.name_of(key)).collect::<Vec<_>>().join(", ");
        let (present, wanted) = (names(&present), names(&plan.underlyings));
        let why = format!("its underlyings are {present} on chain, {wanted} in the file, and never change");
        return Standing::Blocked(why);
    }
    Standing::Done
}

const fn words(class: ShareClass) -> &'static str {
    match class {
        ShareClass::Main => "main",
        ShareClass::Insurance => "insurance",
    }
}
