//! Liquidity of the main class goes in and out at prices that nobody chooses.

use anchor_spl::token_2022::spl_token_2022::instruction::close_account;
use evergreen_sdk::{
    anchor_lang::{error::ErrorCode, solana_program::instruction::Instruction},
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{Action, ReturnReason, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, STOCK, Setup, World, assert_error,
    chain::actor,
    outcome::Outcome,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

const MAIN: ShareClass = ShareClass::Main;

/// A pool of 1,000 tokens that has written calls deep in the money, 7 BTC: at such options the bounds of net asset value are narrow.
pub(super) fn deep_in_the_money() -> World {
    let mut world = World::flat();
    world.round_trip_every = u32::MAX;
    let call = world.list_tenor(CLASSIC, BTC, false, 75_000, 30);
    world.trader("alice", CLASSIC, 1_000 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 70 * TENTH)]).ok();
    world.fund("vera", CLASSIC, 9_000 * TOKEN);
    let mint = world.pools[CLASSIC].share_mint(MAIN);
    world.chain.create_token_account(&actor("vera"), &mint, &anchor_spl::token::ID);
    for who in ["vera", "lp", "mallory"] {
        world.chain.give_lamports(&actor(who), 10_000_000_000);
    }
    world
}

/// What somebody's shares of the main class are worth at the mark, native units.
fn worth(world: &World, who: &str, pool: usize) -> i128 {
    let shares = i128::from(world.shares(who, pool, MAIN));
    let total = i128::from(world.view(pool).pool.main.total);
    shares * i128::from(world.valued(pool, |_, markets| markets.net_assets_at_mark())) / total
}

fn tokens(native: i128) -> f64 {
    native as f64 / TOKEN as f64
}

#[track_caller]
pub(super) fn request(world: &mut World, pool: usize, amount: u64, min_shares: u64) {
    let number = world.next_number("vera");
    let request = build::request_deposit(actor("vera"), &world.pools[pool], MAIN, number, amount, min_shares);
    world.send(request).ok();
}

/// Executes vera's deposit at the first prices, as far as they are there.
#[track_caller]
pub(super) fn execute(world: &mut World, pool: usize) -> Outcome {
    let execute = world.execute_deposit_instruction("vera", pool, world.last_number("vera"));
    world.send(execute)
}

/// The reason, the amount and the fee of a deposit that was given back.
pub(super) fn returned(outcome: &Outcome) -> (ReturnReason, u64, u64) {
    outcome.event(|event| match event {
        Event::DepositReturned(e) => Some((e.reason, e.amount, e.fee)),
        _ => None,
    })
}

/// A stranger pays out what vera's deposit has set aside.
fn claim(world: &World, pool: usize) -> Instruction {
    build::claim_liquidity(
        actor("vera"),
        &world.pools[pool],
        MAIN,
        world.request_key("vera", pool, world.last_number("vera")),
    )
}

/// Pays out what vera's deposit has set aside.
#[track_caller]
pub(super) fn claimed(world: &mut World, pool: usize) {
    let all = claim(world, pool);
    world.send(all).ok();
}

#[test]
fn audit_liquidity_1_a_deposit_takes_no_price_that_is_known() {
    // SETUP: the price falls by half a per cent, so that shares are worth more than at the price of a second ago.
    let mut world = deep_in_the_money();
    world.pass(30);
    let (keys, known) = (world.pools[CLASSIC], world.first_after(BTC, world.chain.now() - 1).expect("it is kept"));
    let at_known = worth(&world, "lp", CLASSIC);
    world.chain.pass(1);
    world.set_price(BTC, 99_500);
    let before = worth(&world, "lp", CLASSIC);
    request(&mut world, CLASSIC, 9_000 * TOKEN, 0);
    let at = |world: &World, feed| {
        build::execute_deposit(&keys, &world.request_of("vera", CLASSIC, world.last_number("vera")), &[feed])
    };

    // TEST: neither the known price nor the present one, before or after the delay, nor a later one than the first, nor none at all.
    let present = world.feeds[BTC].accounts;
    for price in [known, present] {
        let early = at(&world, price);
        world.refused(early, EvergreenError::OffGrid);
    }
    world.pass_to(1);
    let first =
        world.minute_markets(CLASSIC, MAIN, world.request_of("vera", CLASSIC, world.last_number("vera")).minute);
    world.pass(2);
    for price in [known, present] {
        let wrong = at(&world, price);
        world.refused(wrong, EvergreenError::PriceNotFirst);
    }
    let none = build::execute_deposit(&keys, &world.request_of("vera", CLASSIC, world.last_number("vera")), &[]);
    world.refused(none, EvergreenError::MarketAccountMissing);
    // The price of an underlying that no option needs cannot decide what becomes of it, either.
    let other = [first[0], world.feeds[ETH].accounts];
    let unneeded = build::execute_deposit(&keys, &world.request_of("vera", CLASSIC, world.last_number("vera")), &other);
    world.refused(unneeded, EvergreenError::MarketAccountUnneeded);
    // Shares go to nobody but the account that the request names, and the rent to its owner.
    world.provide("mallory", STOCK, MAIN, TOKEN).ok();
    world.chain.create_token_account(&actor("mallory"), &keys.share_mint(MAIN), &anchor_spl::token::ID);
    for (own, stolen) in
        [(keys.shares(&actor("vera"), MAIN), keys.shares(&actor("mallory"), MAIN)), (actor("vera"), actor("mallory"))]
    {
        let mut theft = at(&world, first[0]);
        theft.accounts.iter_mut().filter(|meta| meta.pubkey == own).for_each(|meta| meta.pubkey = stolen);
        world.refused(theft, ErrorCode::ConstraintHasOne);
    }
    let good = at(&world, first[0]);
    world.send(good).ok();
    let left = worth(&world, "lp", CLASSIC) - before;
    println!(
        "a deposit of 9,000 after a fall of 0.5 %: the others' shares are worth {:.2}, {:.2} more than at the known price; the deposit changes that by {:+.2}",
        tokens(before),
        tokens(before - at_known),
        tokens(left)
    );
    assert!(before - at_known > i128::from(3 * TOKEN), "the choice was worth something");
    assert!(left >= 0, "the others lose {}", -left);
    assert!(
        world.chain.account(&world.request_key("vera", CLASSIC, world.last_number("vera"))).is_none(),
        "the request is over"
    );
    world.everybody_leaves();
}

#[test]
fn audit_liquidity_2_a_deposit_that_nobody_executes_costs_its_owner() {
    // SETUP: the price rises after the first one, so that vera would rather not have the shares, and no keeper is there.
    let mut world = deep_in_the_money();
    world.pass(30);
    let (keys, amount) = (world.pools[CLASSIC], 9_000 * TOKEN);
    request(&mut world, CLASSIC, amount, 0);
    world.pass_to(1);
    let (wallet, vera) = (world.wallet("vera", CLASSIC), actor("vera"));
    let mut executed = world.clone();
    execute(&mut executed, CLASSIC).ok();
    for world in [&mut world, &mut executed] {
        world.chain.pass(1);
        world.set_price(BTC, 100_500);
    }
    let (before, gained) = (worth(&world, "lp", CLASSIC), worth(&executed, "lp", CLASSIC));

    // TEST: she cannot take it back, nobody else can, and within the window nothing is claimed.
    let key = world.request_key("vera", CLASSIC, world.last_number("vera"));
    world.refused(build::cancel_withdrawal(vera, &keys, MAIN, key), EvergreenError::ZeroShares);
    world.refused(build::execute_withdrawal(&keys, key, &[]), EvergreenError::WithdrawalNotFirst);
    let early = claim(&world, CLASSIC);
    world.refused(early, EvergreenError::ZeroAmount);
    // When the window is over a stranger ends it with the price of the minute, which tells that it could have been executed. Ten basis points stay with the providers.
    world.pass(20);
    let request = world.request_of("vera", CLASSIC, world.last_number("vera"));
    world.refused(build::execute_deposit(&keys, &request, &[]), EvergreenError::MarketAccountMissing);
    let present = [world.feeds[BTC].accounts];
    world.refused(build::execute_deposit(&keys, &request, &present), EvergreenError::PriceNotFirst);
    let late = world.execute_deposit_instruction("vera", CLASSIC, world.last_number("vera"));
    let ended = world.send(late.clone()).ok();
    let fee = amount / 1_000;
    assert_eq!(returned(&ended), (ReturnReason::Lapsed, amount - fee, fee));
    world.refused(late, EvergreenError::DepositNotWaiting);
    claimed(&mut world, CLASSIC);
    assert_eq!(world.wallet("vera", CLASSIC), wallet + amount - fee);
    assert!(world.chain.account(&key).is_none());
    world.edit_price(BTC, |_| {});
    let left = worth(&world, "lp", CLASSIC) - before;
    println!(
        "a rise of 0.5 % within the window: executed, the deposit would have given the others {:.2}; not executed, it pays them {:.2}",
        tokens(gained - before),
        tokens(left)
    );
    assert!(left > i128::from(fee) * 99 / 100, "the fee is the providers'");
    world.everybody_leaves();
}

#[test]
fn audit_liquidity_3_what_the_price_decides_gives_all_back() {
    // Too few shares, a price that is far from its average, one with a wide confidence.
    type Edit = fn(&mut evergreen_sdk::testing::pyth::Price);
    let edits: [(ReturnReason, u64, Edit); 3] = [
        (ReturnReason::TooFewShares, u64::MAX, |_| {}),
        (ReturnReason::PriceUncertain, 0, |price| price.ema_price = price.price / 100 * 90),
        (ReturnReason::PriceUncertain, 0, |price| price.conf = price.price.unsigned_abs() / 100),
    ];
    for (error, min_shares, edit) in edits {
        let mut world = deep_in_the_money();
        let amount = 100 * TOKEN;
        request(&mut world, CLASSIC, amount, min_shares);
        world.chain.pass((61 - world.chain.now().rem_euclid(60)) % 60);
        world.edit_price(BTC, edit);
        world.edit_price(ETH, |_| {});
        let outcome = execute(&mut world, CLASSIC).ok();
        // Room that was reserved for a least number of shares costs an eighth of a lapse.
        let fee = if min_shares > 0 { (amount / 1_000).div_ceil(8) } else { 0 };
        assert_eq!(returned(&outcome), (error, amount - fee, fee));
        claimed(&mut world, CLASSIC);
        assert_eq!(world.wallet("vera", CLASSIC), 9_000 * TOKEN - fee);
    }
}

#[test]
fn audit_liquidity_4_a_pool_that_is_closed_meanwhile_gives_all_back() {
    let mut world = deep_in_the_money();
    let (amount, pool) = (100 * TOKEN, world.pools[CLASSIC]);
    request(&mut world, CLASSIC, amount, 0);
    world.send(build::halt_pool(actor("guardian"), pool.pool)).ok();
    let outcome = execute(&mut world, CLASSIC).ok();
    assert_eq!(returned(&outcome), (ReturnReason::Halted, amount, 0));
    // A new one is refused while it lasts.
    world.refused(
        build::request_deposit(actor("vera"), &pool, MAIN, world.next_number("vera"), amount, 0),
        EvergreenError::PoolHalted,
    );
    world.everybody_leaves();
    assert_eq!(world.wallet("vera", CLASSIC), 9_000 * TOKEN);
}

#[test]
fn audit_liquidity_4_a_pause_takes_no_deposit_back() {
    let mut world = deep_in_the_money();
    let (amount, pool) = (100 * TOKEN, world.pools[CLASSIC]);
    request(&mut world, CLASSIC, amount, 0);
    world.send(build::set_pause(actor("guardian"), Action::DepositLiquidity, 60)).ok();
    world.pass_to(1);
    let outcome = execute(&mut world, CLASSIC).ok();
    let shares = outcome.event(|e| if let Event::LiquidityDeposited(e) = e { Some(e.shares) } else { None });
    assert_eq!((world.shares("vera", CLASSIC, MAIN), shares > 0), (shares, true));
    world.refused(
        build::request_deposit(actor("vera"), &pool, MAIN, world.next_number("vera"), amount, 0),
        EvergreenError::Paused,
    );
    world.everybody_leaves();
}

#[test]
fn audit_liquidity_5_a_deposit_on_its_way_bears_a_seizure_like_other_claims() {
    // SETUP: a pool of 100 tokens, alice's margin of 100 and vera's deposit of 100; 150 are seized, and the pool's shares are retired.
    let mut setup = Setup::flat();
    (setup.liquidity, setup.insurance) = (100 * TOKEN, 0);
    let mut world = World::new(setup);
    let keys = world.pools[STOCK];
    world.trader("alice", STOCK, 100 * TOKEN);
    world.fund("vera", STOCK, 100 * TOKEN);
    world.chain.create_token_account(&actor("vera"), &keys.share_mint(MAIN), &anchor_spl::token::ID);
    world.chain.give_lamports(&actor("vera"), 10_000_000_000);
    request(&mut world, STOCK, 100 * TOKEN, 0);
    world.seize(STOCK, keys.vault, 150 * TOKEN, Seizure::Burn);

    // TEST: nothing goes on before the loss is assigned; then both claims have lost a quarter, and nothing is turned into worthless shares.
    assert_error(&execute(&mut world, STOCK), EvergreenError::VaultMismatch);
    world.sync(STOCK).ok();
    world.sync(STOCK).ok();
    let renew = build::renew_shares(world.chain.payer, &keys, MAIN);
    world.send(renew).ok();
    let outcome = execute(&mut world, STOCK).ok();
    let (error, amount, fee) = returned(&outcome);
    assert_eq!((error, fee), (ReturnReason::SharesRenewed, 0));
    assert!(75 * TOKEN - amount <= 8, "{amount} of 75 tokens");
    claimed(&mut world, STOCK);
    assert_eq!(world.wallet("vera", STOCK), amount);
    world.withdraw("alice", STOCK, u64::MAX).ok();
    assert!(75 * TOKEN - world.wallet("alice", STOCK) <= 8);
    assert!(world.view(STOCK).vault <= 8, "{} are left in the vault", world.view(STOCK).vault);
}

#[test]
fn audit_liquidity_6_a_closed_account_for_shares_is_a_lapse() {
    let mut world = deep_in_the_money();
    let (vera, keys, amount) = (actor("vera"), world.pools[CLASSIC], 1_000 * TOKEN);
    request(&mut world, CLASSIC, amount, 0);
    world.pass_to(1);
    let close = close_account(&anchor_spl::token::ID, &keys.shares(&vera, MAIN), &vera, &vera, &[]).expect("one");
    world.send(close).ok();
    let outcome = execute(&mut world, CLASSIC).ok();
    assert_eq!(returned(&outcome), (ReturnReason::NoShareAccount, amount - amount / 1_000, amount / 1_000));
    claimed(&mut world, CLASSIC);
    world.everybody_leaves();
}

#[test]
fn audit_liquidity_7_a_number_serves_one_request() {
    let mut world = World::flat();
    world.provide("vera", CLASSIC, MAIN, TOKEN).ok();
    world.fund("vera", CLASSIC, 10 * TOKEN);
    let (keys, number) = (world.pools[CLASSIC], world.next_number("vera"));
    request(&mut world, CLASSIC, TOKEN, 0);
    let again = build::request_deposit(actor("vera"), &keys, MAIN, number, TOKEN, 0);
    let withdrawal = build::request_withdrawal(actor("vera"), &keys, MAIN, number, TOKEN, 1);
    for twice in [again, withdrawal] {
        world.refused(twice, EvergreenError::WrongNumber);
    }
    // Without options in use it needs no price, but its minute all the same.
    let early = world.execute_deposit_instruction("vera", CLASSIC, number);
    world.refused(early, EvergreenError::OffGrid);
    world.pass_to(1);
    execute(&mut world, CLASSIC).ok();
    assert_eq!(world.shares("vera", CLASSIC, MAIN), 2_000 * TOKEN);
}

#[test]
fn audit_liquidity_8_withdrawals_are_executed_at_the_price_of_a_minute() {
    // SETUP: vera holds 300 tokens of shares, and wants a little more than they are worth: an option that stands, if anybody may choose.
    let mut world = deep_in_the_money();
    world.deposit_main("vera", CLASSIC, 300 * TOKEN, 0).ok();
    let shares = world.shares("vera", CLASSIC, MAIN);
    let keys = world.pools[CLASSIC];
    world.pass(60);
    let lower = |world: &World| {
        let assets = i128::from(world.valued(CLASSIC, |_, markets| markets.net_assets().lower));
        u64::try_from(assets * i128::from(shares) / i128::from(world.view(CLASSIC).pool.main.total)).expect("worth")
    };
    let least = lower(&world) + TOKEN / 2;
    world.send(build::request_withdrawal(actor("vera"), &keys, MAIN, world.next_number("vera"), shares, least)).ok();
    let number = world.view(CLASSIC).pool.main.first_withdrawal;
    world.pass(DAY + 60);
    world.pass_to(40);

    // TEST: for an instant the price is such that the shares are worth it; that instant executes nothing.
    world.set_price(BTC, 99_500);
    assert!(lower(&world) > least);
    let good = world.first_after(BTC, world.chain.now() - 1).expect("it is kept");
    let at = |world: &World, feed| build::execute_withdrawal(&keys, world.withdrawal(CLASSIC, MAIN, number), &[feed]);
    let now = at(&world, good);
    world.refused(now, EvergreenError::OffGrid);
    world.chain.pass(1);
    world.set_price(BTC, 100_000);
    world.pass_to(1);
    // The price of the instant is recent, but not that of the minute.
    let recent = at(&world, good);
    world.refused(recent, EvergreenError::PriceNotFirst);
    assert_error(&world.execute(CLASSIC, MAIN, number), EvergreenError::BelowMinimum);
    // A better price within the minute does not count; what does is the first one of the next.
    world.pass(4);
    world.set_price(BTC, 99_500);
    let better = at(&world, world.feeds[BTC].accounts);
    world.refused(better, EvergreenError::PriceNotFirst);
    world.pass(17);
    let late = world.execute_instruction(CLASSIC, MAIN, number);
    world.refused(late, EvergreenError::OffGrid);
    world.pass_to(1);
    let before = worth(&world, "lp", CLASSIC);
    world.execute(CLASSIC, MAIN, number).ok();
    let paid = world.view(CLASSIC).pool.withdrawals_due;
    let left = worth(&world, "lp", CLASSIC) - before;
    println!(
        "paid {:.2} of at least {:.2}; it changes the others' shares by {:+.2}",
        tokens(paid.into()),
        tokens(least.into()),
        tokens(left)
    );
    assert!(paid >= least && left >= 0);
    world.everybody_leaves();
}
