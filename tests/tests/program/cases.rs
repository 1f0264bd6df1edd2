//! Valid calls of instructions, in a world where each would succeed.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::{
        Leg,
        state::{
            Action, Change, NoticeCause, Notices, OrderTerms, PoolCaps, SeriesId, SeriesSpec, ShareClass, Trigger,
        },
    },
    instruction::{self as build, ChangeAccounts},
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{BTC, CLASSIC, DAY, ETH, STOCK, World, chain::actor, trading::named, world::TOKEN};

/// A world in which every instruction of [`Cases::all`] would succeed.
pub struct Cases {
    pub world: World,
    /// A live call of which bob has written more than alice holds.
    pub call: SeriesId,
    /// A call at its cap, not yet exercised.
    pub at_cap: SeriesId,
    /// A call of which bob has written more than others hold, without a notice.
    pub excess: SeriesId,
    /// A series that nobody holds.
    pub unused: SeriesId,
    /// A call that carol has written, by which she is below maintenance.
    pub risky: SeriesId,
    /// Numbers of vera's withdrawals: the first can be executed, the second claimed.
    pub withdrawals: [u64; 2],
    /// Number of vera's deposit that waits.
    pub deposit: u64,
    /// Numbers of proposals whose timelock is over: the first changes the classic pool's parameters, the second the fee owner.
    pub proposals: [u64; 2],
}

/// Number of the order of "referred", whose first trade has number zero.
const FIRST_ORDER: u64 = 1;

impl Cases {
    /// Sets the cases up in a new world of flat volatility.
    pub fn new() -> Self {
        Self::of(World::flat())
    }

    /// Sets the cases up in this world, which must be new.
    pub fn of(mut world: World) -> Self {
        let protocol = ChangeAccounts::protocol();
        world.enact(Change::Admin(actor("heir")), &protocol);
        let params = world.view(CLASSIC).pool.params;
        let proposals = [
            world.propose(Change::PoolParams(params), &world.of_pool(CLASSIC)),
            world.propose(Change::FeeOwner(actor("fees")), &protocol),
        ];
        world.pass_until_ready();
        let at_cap = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
        let exercised = world.list_tenor(CLASSIC, BTC, false, 101_000, 1);
        let risky = world.list(CLASSIC, BTC, false, 112_000);
        let call = world.list(CLASSIC, BTC, false, 105_000);
        let unused = world.list(CLASSIC, BTC, true, 100_000);
        let excess = world.list(CLASSIC, BTC, false, 110_000);
        for who in ["alice", "bob", "carol", "keeper"] {
            world.trader(who, CLASSIC, 100 * TOKEN);
            world.trader(who, STOCK, 0);
        }
        world.trader("idle", CLASSIC, 0);
        // The debtor owes the other pool, so that the bad debt does not change the worth of liquidity in this one.
        world.trader("debtor", CLASSIC, 0);
        world.trader("debtor", STOCK, 100 * TOKEN);
        world.trader("holder", STOCK, 100 * TOKEN);
        let owed = world.list(STOCK, BTC, false, 112_000);
        world.trade("holder", STOCK, &[(owed, TENTH)]).ok();
        world.trade("debtor", STOCK, &[(owed, -TENTH / 2)]).ok();
        world.trade("alice", CLASSIC, &[(call, TENTH), (risky, 2 * TENTH), (exercised, TENTH), (at_cap, TENTH)]).ok();
        world.trade("bob", CLASSIC, &[(call, -TENTH), (exercised, -TENTH / 2)]).ok();
        world.trade("carol", CLASSIC, &[(risky, -TENTH)]).ok();
        for (who, pool) in [("carol", CLASSIC), ("debtor", STOCK)] {
            let key = world.account_key(who, pool);
            let spare = world.valued(pool, |view, markets| markets.health(&view.accounts[&key], HealthLevel::Initial));
            world.withdraw(who, pool, spare as u64).ok();
        }
        world.trade("alice", CLASSIC, &[(call, -TENTH / 2)]).ok();
        for (who, points) in [("alice", 1_000_000), ("bob", -1_000_000), ("alice", -1_000_000)] {
            world.trade(who, CLASSIC, &[(excess, points)]).ok();
        }
        world.provide("vera", CLASSIC, ShareClass::Main, 10 * TOKEN).ok();
        world.fund("vera", STOCK, TOKEN);
        for class in [ShareClass::Main, ShareClass::Insurance] {
            world.provide("vera", STOCK, class, TOKEN).ok();
        }
        let withdrawals = [0, 1].map(|_| world.request("vera", CLASSIC, ShareClass::Main, TOKEN * 100));
        world.pass(DAY);
        world.execute(CLASSIC, ShareClass::Main, withdrawals[0]).ok();
        // The price jumps past the caps of the two calls and past the margin of carol and of the debtor.
        let (keys, btc, feeds) = (world.pools[CLASSIC], world.feeds[BTC].accounts, world.markets());
        world.set_price(BTC, 140_000);
        let [debtor, keeper] = ["debtor", "keeper"].map(|who| world.account_key(who, STOCK));
        let legs = vec![Leg { series: owed, points: TENTH / 2 }];
        world.send(build::liquidate(actor("keeper"), &world.pools[STOCK], debtor, keeper, legs, &feeds)).ok();
        world.send(build::exercise_series(&keys, exercised, &btc)).ok();
        // Liquidity leaves when the writers of exercised series have paid.
        world.send(build::settle_positions(&keys, world.account_key("bob", CLASSIC))).ok();
        world.set_price(BTC, 114_000);
        world.fund("fees", CLASSIC, 1);
        world.fund("fees", STOCK, 1);
        world.fund("vera", CLASSIC, TOKEN);
        // An account with a referrer pays fees.
        let open = build::open_margin_account(world.chain.payer, actor("referred"), &keys, 0, Some(actor("rita")));
        world.send(open).ok();
        world.fund("referred", CLASSIC, 10 * TOKEN);
        world.fund("rita", CLASSIC, 1);
        world.fund("rita", STOCK, 1);
        world.deposit("referred", CLASSIC, 10 * TOKEN).ok();
        world.trade("referred", CLASSIC, &[(call, TENTH / 10)]).ok();
        world.trader("waiting", CLASSIC, 10 * TOKEN);
        let cases = Self {
            world,
            call,
            at_cap,
            unused,
            excess,
            risky,
            withdrawals: [withdrawals[1], withdrawals[0]],
            deposit: 0,
            proposals,
        };
        cases.with_order()
    }

    fn with_order(mut self) -> Self {
        let (keys, payer, owner) = (self.world.pools[CLASSIC], self.world.chain.payer, actor("referred"));
        let (account, feeds) = (self.world.account_key("referred", CLASSIC), self.world.markets());
        let place = build::place_order(payer, owner, &keys, account, FIRST_ORDER, self.order(), &feeds);
        self.world.send(place).ok();
        self.world.send(build::take_number(payer, actor("alice"), 0)).ok();
        // Somebody's commitment waits, and its price has been published, which is also the first one of a minute and after a notice.
        // The moment of the notice is a grid time, too, so that its sample can still be taken when somebody is closed.
        self.world.pass_to(0);
        self.world.give_notice(CLASSIC, self.call, NoticeCause::Excess);
        self.world.pass(Notices::PERIOD - 3);
        self.deposit = self.world.next_number("vera");
        let deposit = build::request_deposit(actor("vera"), &keys, ShareClass::Main, self.deposit, TOKEN / 4, 0);
        self.world.send(deposit).ok();
        let commit = self.world.commit_instruction("waiting", CLASSIC, &[(self.call, 1_000)]);
        self.world.send(commit).ok();
        self.world.pass(5);
        self
    }

    /// Returns the terms of an order that buys a little of the call at any price, with a tip.
    fn order(&self) -> OrderTerms {
        OrderTerms {
            legs: named(&self.world.view(CLASSIC).registry, &[(self.call, 1_000)]),
            min_net: i64::MIN,
            trigger: Some(Trigger { underlying: 0, above: true, price: 1 }),
            reduce_only: false,
            expires_at: self.world.chain.now() + DAY,
            tip: 1_000,
        }
    }

    /// Returns a valid call of each instruction with its name, except for those that need a world of their own
    /// ([`rare`](crate::rare_cases::rare)).
    pub fn all(&self) -> Vec<(&'static str, Instruction)> {
        let world = &self.world;
        let (keys, feeds, btc) = (world.pools[CLASSIC], world.markets(), world.feeds[BTC].accounts);
        let key = |who: &str| world.account_key(who, CLASSIC);
        let one = |series, points| vec![Leg { series, points }];
        let (alice, vera) = (actor("alice"), actor("vera"));
        let (main, referred) = (ShareClass::Main, actor("referred"));
        let number = world.next_number("vera");
        let withdrawal = |number| world.withdrawal(CLASSIC, ShareClass::Main, number);
        let request = SeriesSpec { put: false, strike: 120_000, tenor: 86_400 };
        let liquidated = one(self.risky, TENTH);
        let caps = PoolCaps { max_series_points: 1 << 49, max_account_points: 1 << 47, max_pool_cash: 1 << 52 };
        let (payer, guardian, of_pool) = (world.chain.payer, actor("guardian"), world.of_pool(CLASSIC));
        let resize = Change::PoolParams(world.view(CLASSIC).pool.params);
        vec![
            ("propose", world.propose_instruction(resize, &of_pool)),
            ("execute_proposal", build::execute_proposal(self.proposals[0], payer, &of_pool)),
            ("cancel_proposal", build::cancel_proposal(guardian, self.proposals[1], payer)),
            ("accept_admin", build::accept_admin(actor("heir"))),
            ("tighten_pool", build::tighten_pool(guardian, keys.pool, caps)),
            ("halt_pool", build::halt_pool(guardian, keys.pool)),
            ("set_pause", build::set_pause(actor("guardian"), Action::List, 60)),
            ("collect_fees", build::collect_fees(&keys, keys.wallet(&actor("fees")))),
            ("request_deposit", build::request_deposit(vera, &keys, main, number, TOKEN / 4, 0)),
            (
                "execute_deposit",
                build::execute_deposit(&keys, &world.request_of("vera", CLASSIC, self.deposit), &world.needed(CLASSIC)),
            ),
            ("request_withdrawal", build::request_withdrawal(vera, &keys, main, number, 1_000, 1)),
            (
                "execute_withdrawal",
                build::execute_withdrawal(&keys, withdrawal(self.withdrawals[0]), &world.needed(CLASSIC)),
            ),
            ("cancel_withdrawal", build::cancel_withdrawal(vera, &keys, main, withdrawal(self.withdrawals[0]))),
            ("claim_liquidity", build::claim_liquidity(vera, &keys, main, withdrawal(self.withdrawals[1]))),
            ("open_margin_account", build::open_margin_account(world.chain.payer, alice, &keys, 7, None)),
            ("close_margin_account", build::close_margin_account(actor("idle"), &keys, key("idle"))),
            ("set_delegate", build::set_delegate(alice, key("alice"), Some(actor("dora")), u64::MAX)),
            ("take_number", build::take_number(world.chain.payer, alice, 1)),
            ("deposit_margin", build::deposit_margin(vera, &keys, key("alice"), 1)),
            ("withdraw_margin", build::withdraw_margin(alice, &keys, key("alice"), 1, &feeds)),
            ("commit_trade", world.commit_instruction("alice", CLASSIC, &[(self.call, 1_000)])),
            ("fill_trade", world.fill_instruction("waiting", CLASSIC)),
            ("list_series", build::list_series(&keys, &btc, request)),
            ("retire_series", build::retire_series(&keys, self.unused)),
            ("exercise_series", build::exercise_series(&keys, self.at_cap, &btc)),
            ("settle_positions", build::settle_positions(&keys, key("alice"))),
            ("liquidate", build::liquidate(actor("keeper"), &keys, key("carol"), key("keeper"), liquidated, &feeds)),
            ("absorb_bad_debt", build::absorb_bad_debt(&world.pools[STOCK], world.account_key("debtor", STOCK))),
            ("auto_deleverage", build::auto_deleverage(actor("keeper"), &keys, key("bob"), self.call, 1_000, &feeds)),
            ("give_notice", world.notice_instruction(CLASSIC, self.excess, NoticeCause::Excess)),
            ("sample_volatility", build::sample_volatility(&btc)),
            ("accrue_funding", build::accrue_funding(&keys, btc.underlying, 0..64)),
            ("refresh_pool", build::refresh_pool(&keys, &feeds)),
            ("sweep_insurance", build::sweep_insurance(&keys)),
            ("sync_vault", build::sync_vault(&keys)),
            (
                "place_order",
                build::place_order(payer, referred, &keys, key("referred"), FIRST_ORDER + 1, self.order(), &feeds),
            ),
            ("cancel_order", build::cancel_order(referred, &keys, key("referred"), FIRST_ORDER, payer)),
            (
                "commit_order",
                build::commit_order(
                    actor("keeper"),
                    &keys,
                    key("referred"),
                    FIRST_ORDER,
                    payer,
                    Some(key("keeper")),
                    &feeds,
                ),
            ),
            ("claim_referral", build::claim_referral(actor("rita"), &keys, key("referred"))),
        ]
    }

    /// Returns the account of the other pool, or of the other underlying, that corresponds to this one.
    pub fn elsewhere(&self, address: &Pubkey) -> Option<Pubkey> {
        let world = &self.world;
        let (here, there) = (&world.pools[CLASSIC], &world.pools[STOCK]);
        let mut pairs = vec![
            (here.mint, there.mint),
            (here.token_program, there.token_program),
            (here.pool, there.pool),
            (here.registry, there.registry),
            (here.vault, there.vault),
            (here.insurance_vault, there.insurance_vault),
            (world.feeds[BTC].accounts.underlying, world.feeds[ETH].accounts.underlying),
            (world.feeds[BTC].accounts.price, world.feeds[ETH].accounts.price),
            (here.share_mint(ShareClass::Main), there.share_mint(ShareClass::Main)),
        ];
        for who in ["alice", "bob", "carol", "keeper", "debtor"] {
            pairs.push((world.account_key(who, CLASSIC), world.account_key(who, STOCK)));
        }
        for who in ["vera", "alice", "fees", "rita"] {
            pairs.push((here.wallet(&actor(who)), there.wallet(&actor(who))));
            let class = ShareClass::Main;
            pairs.push((here.shares(&actor(who), class), there.shares(&actor(who), class)));
        }
        let both = pairs.into_iter().flat_map(|(one, other)| [(one, other), (other, one)]);
        both.into_iter().find(|(known, _)| known == address).map(|(_, other)| other)
    }
}
