//! Events that happen at a planned hour.

use super::{POOLS, Seat, TENTH, Week, seat};
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{Action, Change, OrderTerms, Proposal, SeriesId, SeriesSpec, ShareClass, Trigger},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, ETH, HOUR,
    chain::actor,
    trading,
    world::{DOLLAR, TOKEN},
};

const OLGA: Seat = seat("olga");
const WALT: Seat = seat("walt");
const WANDA: Seat = seat("wanda");
pub(super) const GUS: Seat = seat("gus");
/// A keeper's tip, in native units.
const TIP: u64 = 5_000;
/// Points of ETH whose notional is that of 0.4 BTC.
const ETHERS: i64 = 100 * TENTH;

/// Series of a pool with a part in the plan.
#[derive(Clone)]
pub struct Named {
    /// A call on BTC at 100,000 that random traders use too and that is exercised in hour 61.
    pub(super) call: SeriesId,
    /// A put on BTC at 100,000 that random traders use too.
    put: SeriesId,
    /// A call on BTC at 111,000 that wanda writes.
    far_call: SeriesId,
    /// A put on ETH at 3,600 that gus writes.
    crash_put: SeriesId,
    /// A call that walt writes and whose holder sells it, so that walt's position is closed.
    lonely: SeriesId,
    /// A put that is listed, retired and listed again.
    again: Option<SeriesId>,
}

impl Named {
    /// Returns whether the plan needs the series listed, even if nobody holds it.
    pub fn is_needed(&self, series: SeriesId) -> bool {
        self.is_reserved(series) || [self.call, self.put].contains(&series)
    }

    /// Returns whether random traders must not use the series.
    pub fn is_reserved(&self, series: SeriesId) -> bool {
        [Some(self.far_call), Some(self.crash_put), Some(self.lonely), self.again].contains(&Some(series))
    }
}

impl Week {
    #[track_caller]
    fn list(&mut self, pool: usize, market: usize, put: bool, strike: u64, days: u32) -> SeriesId {
        let request = SeriesSpec { put, strike, tenor: days * 86_400 };
        let list = build::list_series(&self.world.pools[pool], &self.world.feeds[market].accounts, request);
        let listed = |event: &Event| if let Event::SeriesListed(e) = event { Some(e.series) } else { None };
        self.send("list", &[list]).ok().event(listed)
    }

    /// Lists the first series, and returns those with a part in the plan.
    pub fn list_named(&mut self, pool: usize) -> Named {
        for (market, put, strike, days) in
            [(BTC, false, 102_000, 1), (BTC, true, 98_000, 1), (ETH, false, 4_000, 7), (ETH, true, 4_000, 7)]
        {
            self.list(pool, market, put, strike, days);
        }
        Named {
            call: self.list(pool, BTC, false, 100_000, 7),
            put: self.list(pool, BTC, true, 100_000, 7),
            far_call: self.list(pool, BTC, false, 111_000, 7),
            crash_put: self.list(pool, ETH, true, 3_600, 7),
            lonely: self.list(pool, BTC, false, 103_000, 30),
            again: None,
        }
    }

    /// Does what is planned for this hour.
    pub fn plan(&mut self, hour: i64) {
        for pool in POOLS {
            self.plan_orders(pool, hour);
            self.plan_margin(pool, hour);
            self.plan_commitments(pool, hour);
            self.plan_liquidity(pool, hour);
        }
        self.plan_governance(hour);
    }

    // Orders.

    /// Places an order of olga and returns its number.
    #[track_caller]
    fn order(&mut self, pool: usize, terms: OrderTerms) -> u64 {
        self.place(pool, OLGA, "olga", terms)
    }

    #[track_caller]
    pub(super) fn place(&mut self, pool: usize, seat: Seat, signer: &str, terms: OrderTerms) -> u64 {
        let (keys, feeds, payer) = (self.world.pools[pool], self.world.markets(), self.world.chain.payer);
        let (account, number) = (self.key(pool, seat), self.account(pool, seat).next_order);
        let place = build::place_order(payer, actor(signer), &keys, account, number, terms, &feeds);
        self.send("place", &[place]).ok();
        number
    }

    /// Returns the terms of an order that lasts five days, has no limit and is triggered by this price of BTC.
    pub(super) fn at(&self, pool: usize, series: SeriesId, points: i64, above: bool, dollars: i64) -> OrderTerms {
        OrderTerms {
            legs: trading::named(&self.world.view(pool).registry, &[(series, points)]),
            min_net: i64::MIN,
            trigger: Some(Trigger { underlying: BTC as u8, above, price: (dollars * DOLLAR).unsigned_abs() }),
            reduce_only: false,
            expires_at: self.world.chain.now() + 120 * HOUR,
            tip: TIP,
        }
    }

    /// Returns what olga would pay for a leg now, fees included, in native units.
    fn price(&self, pool: usize, series: SeriesId, points: i64) -> i64 {
        let net = |event: &Event| if let Event::Traded(e) = event { Some(e.net) } else { None };
        -self.world.preview_trade(OLGA.who, pool, &[(series, points)]).ok().event(net)
    }

    fn plan_orders(&mut self, pool: usize, hour: i64) {
        let Named { call, put, .. } = self.named[pool];
        let reducing = |terms: OrderTerms| OrderTerms { reduce_only: true, ..terms };
        match hour {
            3 => {
                self.trade(pool, OLGA, &[(call, TENTH)]).ok();
            }
            4 => {
                // The price of hour 20 triggers the first and that of hour 31 the second, which is for more points than she holds.
                let stop = reducing(self.at(pool, call, -TENTH / 2, false, 98_500));
                self.order(pool, stop);
                let profit = reducing(self.at(pool, call, -10 * TENTH, true, 107_000));
                self.order(pool, profit);
                let most = self.price(pool, call, TENTH / 4) * 9 / 10;
                let limit = OrderTerms { min_net: -most, trigger: None, ..self.at(pool, call, TENTH / 4, true, 1) };
                self.order(pool, limit);
            }
            5 => {
                let expires_at = self.world.chain.now() + 6 * HOUR;
                let expiring = OrderTerms { expires_at, ..self.at(pool, call, TENTH, true, 200_000) };
                self.order(pool, expiring);
            }
            6 => {
                let number = self.order(pool, self.at(pool, put, TENTH, false, 50_000));
                let (keys, account, payer) = (self.world.pools[pool], self.key(pool, OLGA), self.world.chain.payer);
                self.refused(
                    build::cancel_order(actor("bob"), &keys, account, number, payer),
                    EvergreenError::Unauthorized,
                );
                self.send("cancel", &[build::cancel_order(actor("olga"), &keys, account, number, payer)]).ok();
            }
            7 => {
                // The account has no cash left to pay for the order.
                let second = Seat { who: "erin", sub_account: 1 };
                let terms = self.at(pool, call, TENTH, true, 107_000);
                self.place(pool, second, "erin", terms);
                self.withdraw(pool, second, u64::MAX).ok();
            }
            10 => {
                let legs = [(call, TENTH / 4), (put, TENTH / 4)];
                let straddle = OrderTerms {
                    legs: trading::named(&self.world.view(pool).registry, &legs),
                    ..self.at(pool, call, 1, true, 99_000)
                };
                self.order(pool, straddle);
            }
            // The series is exercised before the order's trigger is reached, and the order waits for the option until it expires.
            25 => {
                self.order(pool, self.at(pool, call, TENTH, true, 125_000));
            }
            // Two orders are to close one position.
            26 => {
                for _ in 0..2 {
                    let both = reducing(self.at(pool, put, -10 * TENTH, true, 107_000));
                    self.order(pool, both);
                }
            }
            _ if hour % 24 == 13 => self.standing_orders(pool),
            _ => {}
        }
    }

    /// Frank places an order to buy a little every day, and carol's delegate one for her, without a tip.
    fn standing_orders(&mut self, pool: usize) {
        let view = self.world.view(pool);
        let open = self.open_to_all(pool, &view);
        let Some((id, _)) = open.into_iter().rfind(|(_, s)| usize::from(s.underlying) == BTC && s.kind == 0) else {
            return;
        };
        let terms = self.at(pool, id, TENTH / 20, true, 1);
        self.place(pool, seat("frank"), "frank", terms.clone());
        self.place(pool, seat("carol"), "dora", OrderTerms { tip: 0, ..terms });
    }

    // Margin.

    /// Withdraws all cash that health allows.
    fn withdraw_spare(&mut self, pool: usize, seat: Seat) {
        let (keys, feeds, key) = (self.world.pools[pool], self.world.markets(), self.key(pool, seat));
        self.send("refresh", &[build::refresh_pool(&keys, &feeds)]).ok();
        let spare = self.world.valued(pool, |view, markets| {
            let account = &view.accounts[&key];
            let levels = [HealthLevel::Initial, HealthLevel::Maintenance];
            levels.map(|level| markets.health(account, level)).into_iter().min().expect("two levels")
        });
        assert!(spare > 0, "{} has nothing to spare: {spare}", seat.who);
        self.withdraw(pool, seat, spare.unsigned_abs()).ok();
    }

    fn plan_margin(&mut self, pool: usize, hour: i64) {
        let Named { call, far_call, crash_put, lonely, .. } = self.named[pool];
        let keys = self.world.pools[pool];
        match hour {
            1 => {
                let carol = self.key(pool, seat("carol"));
                self.send("delegate", &[build::set_delegate(actor("carol"), carol, Some(actor("dora")), u64::MAX)])
                    .ok();
            }
            2 => {
                self.trade(pool, OLGA, &[(far_call, TENTH)]).ok();
                self.trade(pool, WANDA, &[(far_call, -TENTH)]).ok();
            }
            9 => self.named[pool].again = Some(self.list(pool, BTC, true, 90_000, 1)),
            11 => {
                let again = self.named[pool].again.expect("listed in hour 9");
                self.send("retire", &[build::retire_series(&keys, again)]).ok();
            }
            12 => {
                let old = self.named[pool].again.expect("listed in hour 9");
                let new = self.list(pool, BTC, true, 90_000, 1);
                assert_eq!((new.slot, new.generation), (old.slot, old.generation + 1));
                self.named[pool].again = Some(new);
            }
            28 => self.withdraw_spare(pool, WANDA),
            // After the jump of hour 31 keepers have closed part of what she wrote.
            34 => {
                let left = self.held(pool, WANDA, far_call);
                assert!(left < 0 && left > -TENTH, "wanda holds {left} points");
            }
            40 => {
                self.trade(pool, OLGA, &[(lonely, TENTH / 2)]).ok();
                self.trade(pool, WALT, &[(lonely, -TENTH / 2)]).ok();
            }
            45 => {
                self.trade(pool, OLGA, &[(lonely, -TENTH / 2)]).ok();
            }
            46 => assert_eq!(self.held(pool, WALT, lonely), 0, "walt's position is closed"),
            55 => {
                self.trade(pool, OLGA, &[(call, TENTH / 2)]).ok();
                self.trade(pool, WALT, &[(call, -TENTH / 4)]).ok();
            }
            // The series was exercised an hour ago, and its positions are not yet settled.
            62 => {
                assert_eq!(self.held(pool, OLGA, call), TENTH / 2);
                assert_eq!(self.world.view(pool).registry.series[usize::from(call.slot)].status, 2);
            }
            64 => assert_eq!([OLGA, WALT].map(|seat| self.held(pool, seat, call)), [0, 0]),
            99 => {
                self.trade(pool, OLGA, &[(crash_put, ETHERS)]).ok();
            }
            100 => {
                self.trade(pool, GUS, &[(crash_put, -ETHERS)]).ok();
            }
            108 => self.withdraw_spare(pool, GUS),
            // The crash of hour 110 cost gus more than their cash: they were liquidated at once, or their position was settled at the cap later.
            112 => {
                assert_eq!(self.held(pool, GUS, crash_put), 0);
                assert_eq!(self.account(pool, GUS).cash, 0, "their bad debt is absorbed");
                assert_eq!(self.world.view(pool).pool.debts, 0);
            }
            _ => {}
        }
    }

    // Liquidity.

    fn plan_liquidity(&mut self, pool: usize, hour: i64) {
        match hour {
            3 => {
                self.request("insurer", pool, ShareClass::Insurance, 3, 4);
                self.request("iris", pool, ShareClass::Insurance, 1, 2);
            }
            5 => {
                self.request("vera", pool, ShareClass::Main, 1, 2);
            }
            6 => {
                let second = self.request("victor", pool, ShareClass::Main, 1, 1);
                let first = self.execution(pool, ShareClass::Main, second - 1);
                self.refused(first, EvergreenError::WithdrawalCooling);
                let second = self.execution(pool, ShareClass::Main, second);
                self.refused(second, EvergreenError::WithdrawalNotFirst);
            }
            // Together with the two earlier ones this withdrawal is more than a quarter of the pool.
            8 => {
                self.request("lp", pool, ShareClass::Main, 1, 3);
            }
            70 => {
                self.provide("victor", pool, ShareClass::Main, 40 * TOKEN).ok();
            }
            95 => {
                let amount = if pool == CLASSIC { 10 * TOKEN } else { TOKEN / 20 };
                self.provide("iris", pool, ShareClass::Insurance, amount).ok();
            }
            120 => {
                self.request("vera", pool, ShareClass::Main, 1, 1);
            }
            _ => {}
        }
    }

    // Governance.

    fn plan_governance(&mut self, hour: i64) {
        let changed = POOLS.map(|pool| self.world.of_pool(pool));
        match hour {
            24 => {
                let mut params = self.world.view(CLASSIC).pool.params;
                (params.fee_open_bps, params.carry_bps) = (6, 50_000);
                self.propose(Change::PoolParams(params), CLASSIC);
            }
            50 => {
                let early = build::execute_proposal(self.proposals[0], self.world.chain.payer, &changed[CLASSIC]);
                self.refused(early, EvergreenError::ProposalTooEarly);
            }
            73 => {
                // A week is shorter than the wait of a proposal.
                let id = self.proposals.remove(0);
                self.world.make_ready(id);
                let execute = build::execute_proposal(id, self.world.chain.payer, &changed[CLASSIC]);
                self.send("announce a proposal", core::slice::from_ref(&execute)).ok();
                self.world.pass(Proposal::NOTICE);
                self.send("execute a proposal", &[execute]).ok();
                assert_eq!(self.world.view(CLASSIC).pool.params.fee_open_bps, 6);
            }
            80 => {
                let pause = build::set_pause(actor("guardian"), Action::AddRisk, 6 * 3_600);
                self.send("pause", &[pause]).ok();
                for pool in POOLS {
                    let far_call = self.named[pool].far_call;
                    let more = self.commitment(pool, OLGA, &[(far_call, TENTH / 10)]);
                    self.refused(more, EvergreenError::Paused);
                    self.trade(pool, OLGA, &[(far_call, -TENTH / 10)]).ok();
                }
            }
            // The pause has ended by itself.
            87 => {
                for pool in POOLS {
                    self.trade(pool, OLGA, &[(self.named[pool].far_call, TENTH / 10)]).ok();
                }
            }
            // These proposals lift the daily limit of withdrawals for the end of the week.
            115 => {
                for pool in POOLS {
                    let mut params = self.world.view(pool).pool.params;
                    params.daily_outflow_bps = 10_000;
                    self.propose(Change::PoolParams(params), pool);
                }
            }
            _ => {}
        }
    }

    fn propose(&mut self, change: Change, pool: usize) {
        self.proposals.push(self.world.protocol().next_proposal);
        let propose = self.world.propose_instruction(change, &self.world.of_pool(pool));
        self.send("propose", &[propose]).ok();
    }
}
