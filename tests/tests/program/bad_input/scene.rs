//! Two pools with traders, providers and withdrawals, and instructions with the right accounts.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::{
        Leg,
        state::{Action, NoticeCause, SeriesId, SeriesSpec, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{BTC, CLASSIC, DAY, STOCK, World, chain::actor, world::TOKEN};

/// A world in which alice holds most of what bob has written, in both pools; mallory owns an account, a wallet and shares of both
/// classes.
pub struct Scene {
    pub world: World,
    /// A call on BTC at 100,000 in each pool.
    pub call: [SeriesId; 2],
}

impl Scene {
    /// Sets the scene up with flat volatility, a day after the withdrawals were requested.
    pub fn new() -> Self {
        Self::beside(World::flat(), STOCK)
    }

    /// As [`Self::new`], with another pool beside the classic one.
    pub fn beside(mut world: World, other: usize) -> Self {
        let call = [CLASSIC, other].map(|pool| world.list(pool, BTC, false, 100_000));
        for pool in [CLASSIC, other] {
            for who in ["alice", "bob", "mallory", "keeper"] {
                world.trader(who, pool, 10 * TOKEN);
                world.fund(who, pool, TOKEN);
            }
            world.fund("fees", pool, 1);
            world.fund("lp", pool, TOKEN);
            let call = call[usize::from(pool == other)];
            world.trade("alice", pool, &[(call, TENTH)]).ok();
            world.trade("bob", pool, &[(call, -TENTH)]).ok();
            for class in [ShareClass::Main, ShareClass::Insurance] {
                world.provide("mallory", pool, class, TOKEN).ok();
                let provider = if class == ShareClass::Main { "lp" } else { "insurer" };
                world.request(provider, pool, class, TOKEN);
            }
        }
        // The cooldown of the main class passes; then alice sells a part, so that more is written than bought.
        world.pass(DAY);
        for pool in [CLASSIC, other] {
            world.trade("alice", pool, &[(call[usize::from(pool == other)], -1_000_000)]).ok();
        }
        world.chain.give_lamports(&actor("mallory"), 10_000_000_000);
        // Withdrawals are executed soon after a full minute.
        world.pass_to(1);
        Self { world, call }
    }

    /// Gives notice that too much is written of the call of the classic pool, and lets its time pass.
    pub fn pass_notice(&mut self) {
        self.world.pass_notice(CLASSIC, self.call[CLASSIC], NoticeCause::Excess);
    }

    /// Returns a leg on the call of the classic pool.
    pub fn leg(&self, points: i64) -> Leg {
        Leg { series: self.call[CLASSIC], points }
    }

    /// Returns the address of somebody's margin account in the classic pool.
    pub fn account(&self, who: &str) -> Pubkey {
        self.world.account_key(who, CLASSIC)
    }

    /// Returns the commitment of a trade of alice in the classic pool, at any price that her cash can pay.
    pub fn commit(&self, legs: &[Leg]) -> Instruction {
        let legs: Vec<_> = legs.iter().map(|leg| (leg.series, leg.points)).collect();
        self.world.commit_instruction("alice", CLASSIC, &legs)
    }

    /// Commits a trade of alice, lets its price be published, and returns the fill.
    pub fn committed(&mut self, legs: &[Leg]) -> Instruction {
        let commit = self.commit(legs);
        self.world.send(commit).ok();
        self.world.wait_for_fill();
        self.world.fill_instruction("alice", CLASSIC)
    }

    /// Trades for alice in the classic pool.
    #[track_caller]
    pub fn trade(&mut self, leg: Leg) -> evergreen_tests::Outcome {
        self.world.trade("alice", CLASSIC, &[(leg.series, leg.points)])
    }

    /// Returns alice's withdrawal of margin, in native units.
    pub fn withdraw(&self, amount: u64) -> Instruction {
        let (keys, feeds) = (self.world.pools[CLASSIC], self.world.markets());
        build::withdraw_margin(actor("alice"), &keys, self.account("alice"), amount, &feeds)
    }

    /// Returns the keeper's liquidation of bob.
    pub fn liquidate(&self, legs: Vec<Leg>) -> Instruction {
        self.liquidate_whom("bob", legs)
    }

    /// Returns the keeper's liquidation of somebody.
    pub fn liquidate_whom(&self, who: &str, legs: Vec<Leg>) -> Instruction {
        let (keys, feeds) = (self.world.pools[CLASSIC], self.world.markets());
        build::liquidate(actor("keeper"), &keys, self.account(who), self.account("keeper"), legs, &feeds)
    }

    /// Alice buys a call at 110,000 and walter writes as much, with no more margin than that takes. Returns the call.
    pub fn walter_writes(&mut self) -> SeriesId {
        let world = &mut self.world;
        let call = world.list(CLASSIC, BTC, false, 110_000);
        world.trader("walter", CLASSIC, 8 * TOKEN);
        world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
        world.trade("walter", CLASSIC, &[(call, -TENTH)]).ok();
        let account = world.account_key("walter", CLASSIC);
        let spare = world.valued(CLASSIC, |view, markets| {
            let walter = &view.accounts[&account];
            markets.health(walter, HealthLevel::Initial).min(markets.health(walter, HealthLevel::Maintenance))
        });
        world.withdraw("walter", CLASSIC, spare as u64).ok();
        call
    }

    /// Returns instructions on the classic pool with the right accounts and their names. Some would be refused for other reasons: alice
    /// has positions, and bob is neither below maintenance nor in debt.
    pub fn instructions(&self) -> Vec<(&'static str, Instruction)> {
        let world = &self.world;
        let (keys, feeds, call) = (world.pools[CLASSIC], world.markets(), self.call[CLASSIC]);
        let (alice, bob, btc) = (self.account("alice"), self.account("bob"), &world.feeds[BTC].accounts);
        let request = SeriesSpec { put: false, strike: 105_000, tenor: 7 * 86_400 };
        let main = ShareClass::Main;
        let withdrawal = world.withdrawal(CLASSIC, main, 0);
        let number = world.next_number("mallory");
        vec![
            ("set_pause", build::set_pause(actor("guardian"), Action::List, 0)),
            ("halt_pool", build::halt_pool(actor("guardian"), keys.pool)),
            ("collect_fees", build::collect_fees(&keys, keys.wallet(&actor("fees")))),
            ("collect_curator_fees", build::collect_curator_fees(&keys, keys.wallet(&actor("fees")))),
            ("request_deposit", build::request_deposit(actor("mallory"), &keys, main, number, 1_000_000, 0)),
            ("request_withdrawal", build::request_withdrawal(actor("mallory"), &keys, main, number, 1_000_000, 1)),
            ("execute_withdrawal", build::execute_withdrawal(&keys, withdrawal, &world.needed(CLASSIC))),
            ("cancel_withdrawal", build::cancel_withdrawal(actor("lp"), &keys, main, withdrawal)),
            ("claim_liquidity", build::claim_liquidity(actor("lp"), &keys, main, withdrawal)),
            ("close_margin_account", build::close_margin_account(actor("alice"), &keys, alice)),
            ("set_delegate", build::set_delegate(actor("alice"), alice, None, 0)),
            ("deposit_margin", build::deposit_margin(actor("alice"), &keys, alice, 1_000)),
            ("withdraw_margin", self.withdraw(1_000)),
            ("commit_trade", self.commit(&[self.leg(1_000)])),
            ("list_series", build::list_series(&keys, btc, request)),
            ("retire_series", build::retire_series(&keys, call)),
            ("exercise_series", build::exercise_series(&keys, call, btc)),
            ("end_series", build::end_series(&keys, call, btc.underlying)),
            ("report_silence", build::report_silence(btc)),
            ("settle_positions", build::settle_positions(&keys, alice)),
            ("liquidate", self.liquidate(vec![self.leg(1_000)])),
            ("absorb_bad_debt", build::absorb_bad_debt(&keys, bob)),
            ("auto_deleverage", build::auto_deleverage(actor("keeper"), &keys, bob, call, 1, &feeds)),
            ("sample_volatility", build::sample_volatility(btc)),
            ("accrue_funding", build::accrue_funding(&keys, btc.underlying, 0..64)),
            ("refresh_pool", build::refresh_pool(&keys, &feeds)),
            ("sweep_insurance", build::sweep_insurance(&keys)),
            ("sync_vault", build::sync_vault(&keys)),
            ("renew_shares", build::renew_shares(world.chain.payer, &keys, main)),
            ("open_margin_account", build::open_margin_account(world.chain.payer, actor("alice"), &keys, 7, None)),
        ]
    }
}
