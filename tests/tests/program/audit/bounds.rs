//! What comes and leaves is valued at the volatilities at which trades are done, so nobody gains by widening or narrowing the bounds, or by knowing where marks go.

use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{
    events::Event,
    evergreen::state::{SeriesId, ShareClass},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, HALF_HOUR, Setup, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

const MAIN: ShareClass = ShareClass::Main;

/// What the mark does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marks {
    /// It has arrived.
    Standing,
    /// The price has jumped by 8 %, and was sampled: the mark follows for hours.
    Rising,
    /// As before, 12 hours later: the target falls again.
    Falling,
    /// It has arrived, and the price has moved by 2 % since the last sample.
    Moved,
}

impl Marks {
    const ALL: [Self; 4] = [Self::Standing, Self::Rising, Self::Falling, Self::Moved];
}

/// A pool of 1,000 tokens of which the lp has all shares, with samples every half-hour. Alice holds 2 BTC of 30-day calls at the money, bob nothing.
struct Scene {
    world: World,
    call: SeriesId,
}

/// What is worth what at the end, in native units.
#[derive(Clone, Copy)]
struct Left {
    /// Cash of the trader.
    trader: i128,
    /// Worth of the shares that the lp has, at the mark.
    others: i128,
    /// What vera has: worth of her shares at the mark, or the payment.
    vera: i128,
}

impl Scene {
    fn new(first: u64) -> Self {
        let mut world = World::new(Setup::slow());
        world.round_trip_every = u32::MAX;
        let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
        for who in ["alice", "bob"] {
            world.trader(who, CLASSIC, 4_000 * TOKEN);
        }
        world.trade("alice", CLASSIC, &[(call, 20 * TENTH)]).ok();
        world.fund("vera", CLASSIC, 50_000 * TOKEN);
        let mint = world.pools[CLASSIC].share_mint(MAIN);
        world.chain.create_token_account(&actor("vera"), &mint, &anchor_spl::token::ID);
        for who in ["vera", "lp"] {
            world.chain.give_lamports(&actor(who), 10_000_000_000);
        }
        if first > 0 {
            world.deposit_main("vera", CLASSIC, first, 0).ok();
        }
        Self { world, call }
    }

    /// Samples the next half-hour, one second after it.
    fn sample(&mut self) {
        let now = self.world.chain.now();
        self.world.pass(HALF_HOUR + 1 - now.rem_euclid(HALF_HOUR));
        self.world.send(self.world.sample_instruction(BTC)).ok();
    }

    fn prepare(&mut self, marks: Marks) {
        // The volatility begins between two half-hours.
        self.world.pass(HALF_HOUR);
        self.sample();
        match marks {
            Marks::Standing => {}
            Marks::Moved => self.world.set_price(BTC, 102_000),
            Marks::Rising | Marks::Falling => {
                self.world.set_price(BTC, 108_000);
                self.sample();
                for _ in 0..if marks == Marks::Falling { 24 } else { 0 } {
                    self.sample();
                }
            }
        }
        self.world.pass_to(20);
    }

    fn left(&self, paid: u64) -> Left {
        let world = &self.world;
        let worth = |who: &str| {
            let total = i128::from(world.view(CLASSIC).pool.main.total);
            i128::from(world.shares(who, CLASSIC, MAIN))
                * i128::from(world.valued(CLASSIC, |_, markets| markets.net_assets_at_mark()))
                / total
        };
        Left {
            trader: i128::from(world.account("bob", CLASSIC).cash),
            others: worth("lp"),
            vera: worth("vera") + i128::from(paid),
        }
    }

    /// Bob trades `points` before the minute and the opposite after it; vera deposits in between for at least so many shares, or withdraws what she has.
    fn play(&mut self, deposit: u64, points: i64, least: u64) -> Left {
        let call = self.call;
        let trade = |world: &mut World, points: i64| {
            if points != 0 {
                world.trade("bob", CLASSIC, &[(call, points)]).ok();
            }
        };
        let world = &mut self.world;
        world.pass_to(40);
        trade(world, points);
        world.pass_to(55);
        let execute: Instruction = if deposit > 0 {
            let number = world.next_number("vera");
            let request = build::request_deposit(actor("vera"), &world.pools[CLASSIC], MAIN, number, deposit, least);
            world.send(request).ok();
            world.pass_to(1);
            world.execute_deposit_instruction("vera", CLASSIC, number)
        } else {
            world.pass_to(1);
            let number = world.view(CLASSIC).pool.main.first_withdrawal;
            world.execute_instruction(CLASSIC, MAIN, number)
        };
        world.send(execute).ok();
        let paid = world.view(CLASSIC).pool.withdrawals_due;
        world.pass_to(4);
        trade(world, -points);
        self.left(paid)
    }
}

fn tokens(native: i128) -> f64 {
    native as f64 / TOKEN as f64
}

/// Whether the fast average is above the slow one.
fn in_burst(marks: Marks) -> bool {
    matches!(marks, Marks::Rising | Marks::Falling)
}

#[test]
fn audit_bounds_1_who_widens_or_narrows_them_pays_all_of_it() {
    for marks in Marks::ALL {
        // Who buys widens them, who writes what alice holds narrows them.
        for (name, points) in [("widened", 40 * TENTH), ("narrowed", -20 * TENTH)] {
            for amount in [1_000, 9_000, 50_000, 0] {
                let mut scene = Scene::new(if amount == 0 { 500 * TOKEN } else { 0 });
                if amount == 0 {
                    let all = scene.world.shares("vera", CLASSIC, MAIN);
                    let half = scene.world.request("vera", CLASSIC, MAIN, all / 2);
                    assert_eq!(half, scene.world.view(CLASSIC).pool.main.first_withdrawal);
                    scene.world.pass(DAY + 60);
                }
                scene.prepare(marks);
                let world = scene.world.clone();
                let without = scene.play(amount * TOKEN, 0, 0);
                let mut attacked = Scene { world, call: scene.call };
                // A client asks for what it was quoted, less 20 basis points.
                let least = if amount == 0 { 0 } else { scene.world.shares("vera", CLASSIC, MAIN) / 1_000 * 998 };
                let with = attacked.play(amount * TOKEN, points, least);
                let shares = attacked.world.shares("vera", CLASSIC, MAIN);
                let (trader, others, vera) =
                    (with.trader - without.trader, with.others - without.others, with.vera - without.vera);
                println!(
                    "{marks:?}, {name}, {}: vera {:+.3}, the trader {:+.3}, other shares {:+.3}",
                    if amount == 0 { "a withdrawal of 250".into() } else { format!("a deposit of {amount}") },
                    tokens(vera),
                    tokens(trader),
                    tokens(others)
                );
                // Vera loses nothing; who has all other shares, or those of vera, gains nothing by it. In a burst liquidity that comes is charged more than who sells
                // would cost it: there her limit bounds what the trader takes.
                let taken = i128::from(amount * TOKEN) * 2 / 1_000;
                if amount > 0 && shares == 0 {
                    // Her tokens came back but for an eighth of the fee of a lapse, and they have paid for nothing.
                    let kept = with.vera - i128::from(amount * TOKEN);
                    assert!(
                        marks != Marks::Standing && kept * 8_000 == -i128::from(amount * TOKEN) && trader < 0,
                        "{kept} {trader}"
                    );
                    continue;
                }
                let in_burst = in_burst(marks) && amount > 0 && points > 0;
                let most = if in_burst { taken } else { 4 };
                assert!(vera >= -most, "vera loses {vera}");
                assert!(shares == 0 || shares >= least);
                assert!(trader + vera < 0, "the trader gains with vera's shares: {trader}, {vera}");
                assert!(
                    trader + others < if in_burst { taken } else { 0 },
                    "the trader gains with all others: {trader}, {others}"
                );
            }
        }
    }
}

#[test]
fn audit_bounds_2_who_leaves_leaves_no_rise_of_marks_to_others() {
    // SETUP: a jump was sampled, and vera's withdrawal of 250 of 1,500 is due. Half a day later marks have arrived.
    let mut scene = Scene::new(500 * TOKEN);
    let all = scene.world.shares("vera", CLASSIC, MAIN);
    scene.world.request("vera", CLASSIC, MAIN, all / 2);
    scene.world.pass(DAY + 60);
    scene.prepare(Marks::Rising);
    let mut stays = Scene { world: scene.world.clone(), call: scene.call };
    scene.world.pass_to(1);
    let at_mark = scene.left(0);

    // TEST: in one world she leaves at once, in the other she stays.
    let number = scene.world.view(CLASSIC).pool.main.first_withdrawal;
    let execute = scene.world.execute_instruction(CLASSIC, MAIN, number);
    scene.world.send(execute).ok();
    let paid = scene.world.view(CLASSIC).pool.withdrawals_due;
    let per_share = |scene: &Scene| scene.left(0).others;
    let just_after = per_share(&scene);
    let worth = (at_mark.others + at_mark.vera) / 5;
    for _ in 0..24 {
        scene.sample();
        stays.sample();
    }
    let (left, stayed) = (per_share(&scene), per_share(&stays));
    println!(
        "while marks rise: paid {:.2}, {:.2} at the mark; the others' shares are worth {:.2} just after, and {:.2} half a day later, {:.2} had she stayed",
        tokens(paid.into()),
        tokens(worth),
        tokens(just_after),
        tokens(left),
        tokens(stayed)
    );
    assert!(left >= stayed, "the others lose {}", stayed - left);
    assert!(i128::from(paid) < worth - i128::from(TOKEN), "at the mark it would have been left to them");
}

#[test]
fn audit_bounds_3_a_sample_in_between_changes_nothing() {
    // SETUP: a deposit and a withdrawal of a half-hour whose sample moves the volatility; the price has moved by 2 % before.
    let mut scene = Scene::new(500 * TOKEN);
    let all = scene.world.shares("vera", CLASSIC, MAIN);
    scene.world.request("vera", CLASSIC, MAIN, all / 2);
    scene.world.pass(DAY + 60);
    scene.prepare(Marks::Moved);
    let world = &mut scene.world;
    world.pass(HALF_HOUR - 10 - world.chain.now().rem_euclid(HALF_HOUR));
    let number = world.next_number("vera");
    world.send(build::request_deposit(actor("vera"), &world.pools[CLASSIC], MAIN, number, 900 * TOKEN, 0)).ok();
    world.pass_to(1);
    let deposit = world.execute_deposit_instruction("vera", CLASSIC, number);
    let withdrawal = world.execute_instruction(CLASSIC, MAIN, world.view(CLASSIC).pool.main.first_withdrawal);
    let sample = world.sample_instruction(BTC);

    // TEST: before and after it, and later within the window.
    for execute in [deposit, withdrawal] {
        let mut found = Vec::new();
        for (is_sampled, later) in [(false, 0), (true, 0), (true, 15)] {
            let mut world = world.clone();
            if is_sampled {
                world.send(sample.clone()).ok();
            }
            world.chain.pass(later);
            let assets = world.send(execute.clone()).ok().event(|event| match event {
                Event::LiquidityDeposited(e) => Some(e.assets),
                Event::WithdrawalExecuted(e) => Some(e.assets),
                _ => None,
            });
            found.push(assets);
        }
        // But for the funding of a second, and of fifteen.
        let apart = [found[1] - found[0], found[2] - found[0]].map(i64::unsigned_abs);
        assert!(apart[0] < 1_000 && apart[1] < TOKEN / 1_000, "{found:?}");
    }
}
