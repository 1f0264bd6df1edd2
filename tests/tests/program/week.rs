//! A simulated week: some twenty people trade, write, provide liquidity and act as keepers in two pools, one on each token program,
//! while BTC and ETH move and jump. The invariants and the replay of events hold after every transaction, an independent account book
//! is compared with the chain every day, and at the end everybody leaves and only roundings are left.
//!
//! Every run is the same: prices have fixed points ([`path`]), planned events have their hour ([`plan`]), keepers do what is to be
//! done ([`keeper`]), and other trades are drawn from one seed ([`trading`]). Some commitments wait for hours ([`waiting`]).

mod book;
mod exit;
mod keeper;
mod path;
mod plan;
mod trading;
mod waiting;

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use book::AccountBook;
use evergreen_sdk::{
    accounts, address,
    evergreen::state::{MarginAccount, SeriesId, ShareClass},
    instruction as build,
    testing::pyth::Price,
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{
    BTC, CLASSIC, ETH, HOUR, Outcome, STOCK, Setup, World, assert_error, chain::actor, random::Random, world::TOKEN,
};
use path::Path;
use plan::Named;
use std::collections::BTreeMap;

const POOLS: [usize; 2] = [CLASSIC, STOCK];
const MARKETS: [usize; 2] = [BTC, ETH];
const CLASSES: [ShareClass; 2] = [ShareClass::Main, ShareClass::Insurance];

/// Hours of the week.
const HOURS: i64 = 168;

/// The least number of times that each kind of event must happen; without these events the test would show little.
const LEAST: [(&str, u32); 45] = [
    ("transactions", 800),
    ("TradeCommitted", 240),
    ("TradeCommitted by a delegate", 10),
    ("CommitmentFilled", 220),
    ("CommitmentCancelled Lapsed", 6),
    ("CommitmentCancelled Exercised", 2),
    ("CommitmentCancelled Abandoned", 1),
    ("Filled for a tip", 30),
    ("Traded", 220),
    ("LegFilled", 270),
    ("FundingSettled", 500),
    ("VolatilitySampled", 330),
    ("PoolRefreshed", 152),
    ("MarginMoved", 60),
    ("MarginAccountOpened", 28),
    ("MarginAccountClosed", 28),
    ("DelegateChanged", 2),
    ("SeriesListed", 50),
    ("SeriesRetired", 50),
    ("SeriesExercised", 8),
    ("PositionSettled", 20),
    ("Liquidated", 5),
    ("Liquidated in part", 4),
    ("BadDebtAbsorbed", 2),
    ("BadDebtAbsorbed by the main pool too", 1),
    ("Deleveraged", 2),
    ("OrderPlaced", 44),
    ("OrderExecuted", 32),
    ("OrderCancelled Requested", 2),
    ("OrderCancelled Expired", 4),
    ("OrderCancelled Exercised", 2),
    ("OrderCancelled NothingToReduce", 2),
    ("OrderCancelled Cash", 2),
    ("ReferralClaimed", 12),
    ("LiquidityDeposited", 14),
    ("WithdrawalRequested", 20),
    ("WithdrawalExecuted", 24),
    ("WithdrawalExecuted in part", 4),
    ("LiquidityClaimed", 24),
    ("InsuranceSwept", 12),
    ("FeesCollected", 12),
    ("ProposalAnnounced", 3),
    ("ProposalExecuted", 3),
    ("PauseChanged", 1),
    ("refused", 15),
];

/// One of somebody's margin accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seat {
    who: &'static str,
    sub_account: u16,
}

const fn seat(who: &'static str) -> Seat {
    Seat { who, sub_account: 0 }
}

/// All margin accounts, with the first deposit in whole tokens and the referrer.
const SEATS: [(Seat, u64, Option<&str>); 14] = [
    (seat("alice"), 60, None),
    (Seat { who: "alice", sub_account: 1 }, 40, None),
    (seat("bob"), 60, None),
    (seat("carol"), 60, None),
    (seat("dave"), 60, None),
    (seat("erin"), 60, Some("rita")),
    (Seat { who: "erin", sub_account: 1 }, 2, Some("rita")),
    (seat("frank"), 60, Some("rita")),
    (seat("olga"), 100, None),
    (seat("walt"), 20, None),
    (seat("wanda"), 20, None),
    // Nobody claims the referrer's share of gus's fees, so the protocol gets it at the end.
    (seat("gus"), 60, Some("rob")),
    // It stakes the fees of the orders that it commits.
    (seat("keeper"), 60, None),
    // This account is opened and never used.
    (seat("nell"), 0, None),
];

/// Providers of liquidity: name, class, and deposits into the two pools in native units.
const PROVIDERS: [(&str, ShareClass, [u64; 2]); 5] = [
    ("lp", ShareClass::Main, [900 * TOKEN, 900 * TOKEN]),
    ("vera", ShareClass::Main, [100 * TOKEN, 100 * TOKEN]),
    ("victor", ShareClass::Main, [60 * TOKEN, 60 * TOKEN]),
    // The insurance of the stock's pool is too small for the bad debt of hour 110.
    ("insurer", ShareClass::Insurance, [60 * TOKEN, 30 * TOKEN / 100]),
    ("iris", ShareClass::Insurance, [20 * TOKEN, 10 * TOKEN / 100]),
];

/// The state of the simulated week.
struct Week {
    world: World,
    random: Random,
    book: AccountBook,
    paths: [Path; 2],
    /// Unix seconds of hour zero.
    start: i64,
    /// Series with a part in the plan, by pool.
    named: Vec<Named>,
    /// Numbers of proposals that are not yet executed, in order.
    proposals: Vec<u64>,
    /// First prices after a commitment that waits for hours, by pool.
    kept: BTreeMap<usize, [Price; 2]>,
}

impl Week {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let paths = [Path::new(&path::BTC, &mut random), Path::new(&path::ETH, &mut random)];
        let mut world = World::new(Setup { liquidity: 0, insurance: 0, ..Setup::preset() });
        world.round_trip_every = 20;
        let start = world.chain.now();
        let book = AccountBook::default();
        let (named, proposals, kept) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut week = Self { world, random, book, paths, start, named, proposals, kept };
        for pool in POOLS {
            week.people_arrive(pool);
        }
        week.named = POOLS.map(|pool| week.list_named(pool)).to_vec();
        week
    }

    fn people_arrive(&mut self, pool: usize) {
        let keys = self.world.pools[pool];
        for who in ["rita", "rob", "fees", "dora"] {
            self.fund(who, pool, 1);
        }
        for (who, class, amounts) in PROVIDERS {
            self.fund(who, pool, 1_000 * TOKEN);
            let share_mint = keys.share_mint(class);
            self.world.chain.create_token_account(&actor(who), &share_mint, &anchor_spl::token::ID);
            self.world.chain.give_lamports(&actor(who), 10_000_000_000);
            self.provide(who, pool, class, amounts[pool]).ok();
        }
        for (seat, tokens, referrer) in SEATS {
            let payer = self.world.chain.payer;
            let open = build::open_margin_account(payer, actor(seat.who), &keys, seat.sub_account, referrer.map(actor));
            self.send("open", &[open]).ok();
            self.fund(seat.who, pool, 500 * TOKEN);
            if tokens > 0 {
                self.deposit(pool, seat, tokens * TOKEN).ok();
            }
        }
    }

    /// Gives somebody tokens, in native units, and enters them into the account book.
    fn fund(&mut self, who: &'static str, pool: usize, amount: u64) {
        self.world.fund(who, pool, amount);
        self.book.give(self.world.pools[pool].pool, who, amount);
    }

    // Transactions: every one is sent by `send`, so that the account book sees every event.

    #[track_caller]
    fn send(&mut self, action: &'static str, instructions: &[Instruction]) -> Outcome {
        let outcome = self.world.send_all(instructions);
        if outcome.succeeded() {
            self.book.count("transactions");
            self.book.take(&outcome.events());
        } else {
            self.book.count("refused");
            self.book.count(&format!("refused: {action}"));
        }
        outcome
    }

    #[track_caller]
    fn refused(&mut self, instruction: Instruction, error: impl Into<u32> + core::fmt::Debug) {
        let outcome = self.send("as planned", &[instruction]);
        assert_error(&outcome, error);
    }

    /// Returns whether the instruction would succeed now.
    fn would(&self, instruction: &Instruction) -> bool {
        self.world.chain.simulate(std::slice::from_ref(instruction)).succeeded()
    }

    fn key(&self, pool: usize, seat: Seat) -> Pubkey {
        address::margin_account(&self.world.pools[pool].pool, &actor(seat.who), seat.sub_account)
    }

    fn account(&self, pool: usize, seat: Seat) -> Box<MarginAccount> {
        accounts::margin_account(&self.world.chain.data(&self.key(pool, seat))).expect("a margin account")
    }

    fn held(&self, pool: usize, seat: Seat, series: SeriesId) -> i64 {
        self.world.view(pool).held(&self.key(pool, seat), series)
    }

    #[track_caller]
    fn deposit(&mut self, pool: usize, seat: Seat, amount: u64) -> Outcome {
        let keys = self.world.pools[pool];
        let deposit = build::deposit_margin(actor(seat.who), &keys, self.key(pool, seat), amount);
        self.send("deposit margin", &[deposit])
    }

    #[track_caller]
    fn withdraw(&mut self, pool: usize, seat: Seat, amount: u64) -> Outcome {
        let (keys, feeds) = (self.world.pools[pool], self.world.markets());
        let withdraw = build::withdraw_margin(actor(seat.who), &keys, self.key(pool, seat), amount, &feeds);
        self.send("withdraw margin", &[withdraw])
    }

    #[track_caller]
    fn provide(&mut self, who: &'static str, pool: usize, class: ShareClass, amount: u64) -> Outcome {
        let keys = self.world.pools[pool];
        self.world.chain.give_lamports(&actor(who), 10_000_000_000);
        let id = self.world.next_number(who);
        let request = build::request_deposit(actor(who), &keys, class, id, amount, 0);
        self.send("request a deposit", &[request]).ok();
        if !self.world.is_first_deposit(pool, class) {
            let minute = self.world.request_in(who, pool, class, id).minute;
            self.world.pass(minute + 1 - self.world.chain.now());
        }
        let execute = self.world.execute_deposit_in(who, pool, class, id);
        self.send("deposit liquidity", &[execute])
    }

    /// Requests a withdrawal of `part` in `of` of somebody's shares, rounded down, and returns its number.
    #[track_caller]
    fn request(&mut self, who: &'static str, pool: usize, class: ShareClass, part: u64, of: u64) -> u64 {
        let keys = self.world.pools[pool];
        let shares = self.world.shares(who, pool, class) / of * part;
        let shares = if part == of { self.world.shares(who, pool, class) } else { shares };
        let number = self.world.view(pool).pool.shares(class).next_withdrawal;
        let request = build::request_withdrawal(actor(who), &keys, class, self.world.next_number(who), shares, 1);
        self.send("request", &[request]).ok();
        number
    }

    // Time.

    /// Begins the next hour. When a price jumps, the EMA price follows after twenty minutes, and until then the price is uncertain.
    /// Returns whether a price has jumped.
    fn advance(&mut self, hour: i64) -> bool {
        self.world.chain.pass((self.start + hour * HOUR - self.world.chain.now()).max(0));
        let mut jumped = false;
        for market in MARKETS {
            let (spot, slow) = (self.paths[market].at(hour), self.world.feeds[market].price.ema_price);
            let far = (spot - slow).abs() > slow / 25;
            jumped |= far;
            self.world.edit_price(market, |price| {
                price.price = spot;
                price.conf = spot.unsigned_abs() / 5_000;
                if !far {
                    price.ema_price = (slow + spot) / 2;
                }
            });
        }
        if jumped {
            self.at_wide_prices();
            self.world.chain.pass(1_200);
            for market in MARKETS {
                self.world.edit_price(market, |price| price.ema_price = price.price);
            }
        }
        jumped
    }

    fn reconcile(&self) {
        for pool in POOLS {
            self.book.reconcile(&self.world, pool);
        }
    }

    fn live(&mut self) {
        for hour in 1..=HOURS {
            let jumped = self.advance(hour);
            self.keep(hour, jumped);
            self.plan(hour);
            for _ in 0..self.random.range(1, 2) {
                let seconds = self.random.range(5, 300);
                self.world.pass(seconds);
                self.somebody_acts();
            }
            if hour % 24 == 0 {
                self.reconcile();
            }
        }
    }

    fn print(&self) {
        println!("{:<45} {:>7} {:>7}", "what", "times", "least");
        let least: BTreeMap<&str, u32> = LEAST.into_iter().collect();
        for (what, count) in &self.book.counts {
            let least = least.get(what.as_str()).map_or(String::new(), ToString::to_string);
            println!("{what:<45} {count:>7} {least:>7}");
        }
        for pool in POOLS {
            self.book.print(&self.world, pool);
        }
    }
}

#[test]
fn a_week_of_life_and_everybody_leaves() {
    let mut week = Week::new(7);
    week.live();
    week.leave();
    week.print();
    for (what, least) in LEAST {
        let count = week.book.counts.get(what).copied().unwrap_or(0);
        assert!(count >= least, "{what} happened {count} times, the least is {least}");
    }
}
