//! What happens in a world without the program: time, prices, issuers, gifts.

use crate::{draws::Draws, scene::PEOPLE};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use anchor_spl::token_2022::spl_token_2022::{
    self, ID as TOKEN_2022,
    extension::{pausable, scaled_ui_amount, transfer_hook},
};
use evergreen_tests::{
    BTC, DAY, HOUR, World,
    chain::actor,
    seizures::Seizure,
    tokens::{Mint, issuer},
    world::DOLLAR,
};

/// An event of the world.
pub type Happen = fn(&mut World, &mut Draws);

/// All events, each with its name in reproducers and how often it is chosen.
pub const ALL: &[(&str, u64, Happen)] = &[
    ("seconds", 14, seconds),
    ("minute", 6, minute),
    ("half-hour", 3, half_hour),
    ("hours", 3, hours),
    ("days", 1, days),
    ("weekend", 1, weekend),
    ("clock-back", 1, clock_back),
    ("no-prices", 2, no_prices),
    ("price", 10, price),
    ("jump", 2, jump),
    ("wide", 2, wide),
    ("average", 2, average),
    ("broken-price", 1, broken_price),
    ("twice-a-second", 1, twice_a_second),
    ("issuer-pause", 1, issuer_pause),
    ("issuer-freeze", 1, issuer_freeze),
    ("issuer-multiplier", 1, issuer_multiplier),
    ("issuer-hook", 1, issuer_hook),
    ("seizure", 1, seizure),
    ("gift", 2, gift),
    ("donation", 1, donation),
];

fn seconds(world: &mut World, draws: &mut Draws) {
    world.pass(draws.within(1, 12));
}

fn minute(world: &mut World, draws: &mut Draws) {
    // To the second after a full minute, where liquidity is executed, or just before it, where it is requested.
    let second = *draws.pick(&[1, 2, 54, 57, 59, 0]).expect("some");
    world.pass_to(second);
}

fn half_hour(world: &mut World, draws: &mut Draws) {
    let now = world.chain.now();
    let to = (now / 1_800 + 1) * 1_800 + draws.within(1, 4);
    world.pass(to - now);
}

fn hours(world: &mut World, draws: &mut Draws) {
    world.pass(draws.within(HOUR, 12 * HOUR));
}

fn days(world: &mut World, draws: &mut Draws) {
    world.pass(draws.within(1, 3) * DAY);
}

/// To the next Saturday or Monday, UTC.
fn weekend(world: &mut World, draws: &mut Draws) {
    let now = world.chain.now();
    // The first of January 1970 was a Thursday.
    let first = if draws.percent(50) { 2 } else { 4 };
    let day = (now / DAY - first).div_euclid(7) * 7 + first + 7;
    world.pass(day * DAY - now + draws.within(-30, 30));
}

fn clock_back(world: &mut World, draws: &mut Draws) {
    world.chain.pass(-draws.within(1, 3));
}

/// Time passes, and nothing is published.
fn no_prices(world: &mut World, draws: &mut Draws) {
    let seconds = *draws.pick(&[5, 30, 90, 700, 1_900, 7_200]).expect("some");
    world.chain.pass(seconds);
    // One of the two feeds may be back.
    if draws.percent(40) {
        let market = draws.below(2) as usize;
        world.edit_price(market, |_| {});
    }
}

/// Keeps a price near its start, so that listed strikes stay within reach.
fn moved(price: i64, market: usize, basis_points: i64) -> i64 {
    let home = if market == BTC { 100_000 } else { 4_000 } * DOLLAR;
    (price + price / 10_000 * basis_points).clamp(home / 2, home * 2)
}

fn price(world: &mut World, draws: &mut Draws) {
    let (market, basis_points, follows) = (draws.below(2) as usize, draws.within(-150, 150), !draws.percent(30));
    world.edit_price(market, |price| {
        price.price = moved(price.price, market, basis_points);
        price.conf = price.price.unsigned_abs() / 5_000;
        if follows {
            price.ema_price = price.price;
        }
    });
}

fn jump(world: &mut World, draws: &mut Draws) {
    let (market, basis_points, follows) = (draws.below(2) as usize, draws.within(-2_500, 2_500), draws.percent(50));
    world.edit_price(market, |price| {
        price.price = moved(price.price, market, basis_points);
        price.conf = price.price.unsigned_abs() / 5_000;
        if follows {
            price.ema_price = price.price;
        }
    });
}

fn wide(world: &mut World, draws: &mut Draws) {
    let (market, part) = (draws.below(2) as usize, [100, 200, 50, 5_000, 20][draws.below(5) as usize]);
    world.edit_price(market, |price| price.conf = price.price.unsigned_abs() / part);
}

fn average(world: &mut World, draws: &mut Draws) {
    let (market, basis_points) = (draws.below(2) as usize, draws.within(-1_200, 1_200));
    world.edit_price(market, |price| price.ema_price = price.price + price.price / 10_000 * basis_points);
}

/// A price that no program may use is published, then the good one again, a second later.
fn broken_price(world: &mut World, draws: &mut Draws) {
    let market = draws.below(2) as usize;
    let good = world.feeds[market].price;
    let how = draws.below(6);
    world.edit_price(market, |price| match how {
        0 => price.price = 0,
        1 => price.price = -price.price,
        2 => price.conf = price.price.unsigned_abs() * 2,
        3 => price.exponent = 3,
        4 => price.ema_price = 0,
        _ => price.partial_signatures = Some(5),
    });
    if !draws.percent(30) {
        world.chain.pass(1);
    }
    world.edit_price(market, |price| {
        let (time, before) = (price.publish_time, price.prev_publish_time);
        *price = good;
        (price.publish_time, price.prev_publish_time) = (time, before);
    });
}

fn twice_a_second(world: &mut World, draws: &mut Draws) {
    let (market, basis_points) = (draws.below(2) as usize, draws.within(-60, 60));
    for sign in [1, -1] {
        world.edit_price(market, |price| {
            price.price = moved(price.price, market, sign * basis_points);
            price.ema_price = price.price;
        });
    }
}

/// The stocks' mints: those with an issuer who can do what an issuer of an xStock can.
fn stock(world: &World) -> Mint {
    world.mints[evergreen_tests::STOCK]
}

fn by_issuer(world: &mut World, instruction: Instruction) {
    // What is so already cannot be made so again.
    world.chain.send(&[instruction]);
}

fn issuer_pause(world: &mut World, draws: &mut Draws) {
    let mint = stock(world).address;
    let make = if draws.percent(40) { pausable::instruction::pause } else { pausable::instruction::resume };
    by_issuer(world, make(&TOKEN_2022, &mint, &issuer(), &[]).expect("an instruction"));
}

fn issuer_freeze(world: &mut World, draws: &mut Draws) {
    let mint = stock(world);
    let vaults = world.pools.iter().filter(|keys| keys.mint == mint.address).flat_map(|k| [k.vault, k.insurance_vault]);
    let wallets = PEOPLE.iter().map(|who| mint.account_of(&actor(who)));
    let all: Vec<Pubkey> = vaults.chain(wallets).collect();
    let key = *draws.pick(&all).expect("accounts");
    let make = if draws.percent(40) {
        spl_token_2022::instruction::freeze_account
    } else {
        spl_token_2022::instruction::thaw_account
    };
    by_issuer(world, make(&TOKEN_2022, &key, &mint.address, &issuer(), &[]).expect("an instruction"));
}

/// The issuer names a transfer hook, which nobody calls with the accounts that it asks for, or takes it back.
fn issuer_hook(world: &mut World, draws: &mut Draws) {
    let program = draws.percent(40).then(|| actor("hook program"));
    set_hook(world, program);
}

fn set_hook(world: &mut World, program: Option<Pubkey>) {
    let mint = stock(world).address;
    let update = transfer_hook::instruction::update(&TOKEN_2022, &mint, &issuer(), &[], program);
    by_issuer(world, update.expect("an instruction"));
}

/// Ends all pauses, freezes and hooks of issuers.
pub fn issuer_relents(world: &mut World) {
    let mint = stock(world);
    set_hook(world, None);
    by_issuer(world, pausable::instruction::resume(&TOKEN_2022, &mint.address, &issuer(), &[]).expect("one"));
    for key in world.chain.owned_by(&TOKEN_2022).into_keys() {
        let thaw = spl_token_2022::instruction::thaw_account(&TOKEN_2022, &key, &mint.address, &issuer(), &[]);
        by_issuer(world, thaw.expect("one"));
    }
}

fn issuer_multiplier(world: &mut World, draws: &mut Draws) {
    let mint = stock(world).address;
    let multiplier = *draws.pick(&[1.0, 4.0, 0.1, f64::MIN_POSITIVE, f64::MAX]).expect("some");
    let update = scaled_ui_amount::instruction::update_multiplier(&TOKEN_2022, &mint, &issuer(), &[], multiplier, 0);
    by_issuer(world, update.expect("an instruction"));
}

fn seizure(world: &mut World, draws: &mut Draws) {
    let mint = stock(world).address;
    let pools: Vec<usize> = (0..world.pools.len()).filter(|pool| world.pools[*pool].mint == mint).collect();
    let pool = *draws.pick(&pools).expect("a pool");
    let vaults = [world.pools[pool].vault, world.pools[pool].insurance_vault];
    let vault = vaults[draws.below(2) as usize];
    let held = world.chain.balance(&vault);
    let part = match draws.below(8) {
        0..=3 => held / 1_000,
        4..=5 => held / 10,
        6 => 1.min(held),
        _ => draws.amount(held).min(held),
    };
    let how = if draws.percent(50) { Seizure::Burn } else { Seizure::Transfer };
    // Nothing is taken out of what is paused or frozen.
    issuer_relents(world);
    if part > 0 {
        world.seize(pool, vault, part, how);
    }
}

fn gift(world: &mut World, draws: &mut Draws) {
    let pool = draws.below(world.pools.len() as u64) as usize;
    let who = *draws.pick(&PEOPLE).expect("people");
    let amount = 1 + draws.below(20 * crate::scene::unit(world, pool));
    if !world.givers.contains_key(&world.mints[pool].address) {
        let wallet = world.mints[pool].account_of(&actor(who));
        let mint = evergreen_tests::tokens::mint_instruction(&world.mints[pool], &wallet, amount);
        if world.chain.simulate(&[mint]).succeeded() {
            world.fund(who, pool, amount);
        }
    }
}

fn donation(world: &mut World, draws: &mut Draws) {
    let pool = draws.below(world.pools.len() as u64) as usize;
    let vault = if draws.percent(50) { world.pools[pool].vault } else { world.pools[pool].insurance_vault };
    let (mint, donor) = (world.mints[pool], actor("mallory"));
    let amount = 1 + draws.below(1_000);
    let give = evergreen_tests::tokens::transfer_instruction(&mint, &mint.account_of(&donor), &vault, &donor, amount);
    if world.chain.simulate(&[give]).succeeded() {
        world.donate("mallory", pool, vault, amount);
    }
}
