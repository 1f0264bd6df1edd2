//! The end of the week: everybody leaves, and only roundings are left in the vaults.

use super::{CLASSES, HOURS, POOLS, PROVIDERS, SEATS, Seat, Week};
use evergreen_math::shares::{VIRTUAL_ASSETS, VIRTUAL_SHARES};
use evergreen_sdk::{
    events::Event,
    evergreen::state::{Pool, Proposal, SeriesId, ShareClass},
    instruction as build,
};
use evergreen_tests::{DAY, HOUR, chain::actor, world::TOKEN};

impl Week {
    /// Ends all orders, positions, accounts, referrals, fees and withdrawals, in the order in which people would.
    pub fn leave(&mut self) {
        let jumped = self.advance(HOURS + 1);
        assert!(!jumped);
        for pool in POOLS {
            self.cancel_orders(pool);
            self.exercise(pool);
            self.liquidate(pool);
            self.settle(pool);
            // Writers close first, because written options must not exceed held ones.
            for written in [true, false] {
                for (seat, _, _) in SEATS {
                    self.close_positions(pool, seat, written);
                }
            }
            self.absorb(pool);
            self.collect(pool);
            self.close_accounts(pool);
            // More fees have come from closing accounts: the share of a referrer who never claimed it.
            self.collect(pool);
            self.retire_all(pool);
        }
        self.reconcile();
        self.withdrawals_of_the_week();
        self.last_withdrawals();
        self.reconcile();
        self.world.assert_left(&self.world.snapshot());
        self.book.assert_all_closed(&self.world);
        for pool in POOLS {
            self.book.settle(&self.world, pool);
        }
    }

    fn cancel_orders(&mut self, pool: usize) {
        let (keys, view) = (self.world.pools[pool], self.world.view(pool));
        for order in view.orders.values() {
            let owner = view.accounts[&order.account].owner;
            let cancel = build::cancel_order(owner, &keys, order.account, order.number, order.payer);
            self.send("cancel", &[cancel]).ok();
        }
    }

    /// Closes somebody's written or bought positions, and deposits more cash if a trade is refused.
    fn close_positions(&mut self, pool: usize, seat: Seat, written: bool) {
        for _ in 0..10 {
            let positions = self.account(pool, seat).positions;
            let open = positions.iter().filter(|p| p.points != 0 && (p.points < 0) == written);
            let legs: Vec<(SeriesId, i64)> = open.map(|p| (p.series(), -p.points)).take(4).collect();
            if legs.is_empty() {
                return;
            }
            if !self.trade(pool, seat, &legs).succeeded() {
                self.deposit(pool, seat, 30 * TOKEN).ok();
            }
        }
        panic!("{seat:?} cannot leave");
    }

    fn close_accounts(&mut self, pool: usize) {
        let keys = self.world.pools[pool];
        let lamports = |week: &Self, key| week.world.chain.account(&key).map_or(0, |account| account.lamports);
        let mut forfeited = 0;
        for (seat, _, _) in SEATS {
            let (account, owner) = (self.key(pool, seat), actor(seat.who));
            if self.account(pool, seat).cash > 0 {
                self.withdraw(pool, seat, u64::MAX).ok();
            }
            let (rent, before) = (lamports(self, account), lamports(self, owner));
            let close = self.send("close", &[build::close_margin_account(owner, &keys, account)]).ok();
            assert_eq!(lamports(self, owner) - before, rent, "the rent of {seat:?} is back");
            forfeited += close.event(|event| match event {
                Event::MarginAccountClosed(e) => Some(e.referral_forfeited),
                _ => None,
            });
        }
        assert!(forfeited > 0, "the referrer's share of gus's fees was not forfeited");
    }

    fn retire_all(&mut self, pool: usize) {
        let keys = self.world.pools[pool];
        let listed: Vec<SeriesId> = self.world.view(pool).series().map(|(id, _)| id).collect();
        // Liquidity of the last full minute may still be valued with what was closed since.
        self.world.pass(30);
        for id in listed {
            self.send("retire", &[build::retire_series(&keys, id)]).ok();
        }
        if self.world.view(pool).pool.insurance_due != 0 {
            self.send("sweep", &[build::sweep_insurance(&keys)]).ok();
        }
        let pool = self.world.view(pool).pool;
        assert_eq!(
            (pool.margin_cash, pool.debts, pool.reserved_collateral),
            (0, 0, 0),
            "traders have nothing and owe nothing"
        );
        assert_eq!(
            (pool.fees_due, pool.insurance_due, pool.referrals_due, pool.tips_due),
            (0, 0, 0, 0),
            "all fees, shares of referrers and tips are paid"
        );
    }

    /// Serves the withdrawals requested in hour 3, whose cooldown of seven days is over, as far as the daily limit allows. Then a proposal
    /// lifts that limit, and all are paid.
    fn withdrawals_of_the_week(&mut self) {
        self.world.pass(self.start + (HOURS + 4) * HOUR - self.world.chain.now());
        for pool in POOLS {
            self.serve_withdrawals(pool);
            assert!(self.waiting(pool) > 0, "the daily limit holds the rest back");
            let (id, changed) = (self.proposals.remove(0), self.world.of_pool(pool));
            self.world.make_ready(id);
            let execute = build::execute_proposal(id, self.world.chain.payer, &changed);
            self.send("announce a proposal", core::slice::from_ref(&execute)).ok();
            self.world.pass(Proposal::NOTICE);
            self.send("execute a proposal", &[execute]).ok();
            self.serve_withdrawals(pool);
            assert_eq!(self.waiting(pool), 0, "all withdrawals are paid");
        }
    }

    fn waiting(&self, pool: usize) -> usize {
        self.world.view(pool).withdrawals.len()
    }

    /// Withdraws the last shares of both classes. Those of insurance are requested only now, because a withdrawal of that class takes no
    /// part in later gains.
    fn last_withdrawals(&mut self) {
        for pool in POOLS {
            let (before, mut asked) = (self.world.view(pool).pool, [0, 0]);
            for (who, class, _) in PROVIDERS {
                if self.world.shares(who, pool, class) > 0 {
                    self.request(who, pool, class, 1, 1);
                    asked[class as usize] += 1;
                }
            }
            // The full minute at which they are executed has to come after the cooldown.
            self.world.pass(7 * DAY + 60);
            self.serve_withdrawals(pool);
            self.assert_left(pool, &before, asked);
        }
    }

    /// Asserts what is left of each class: at most the worth of its virtual shares before the last withdrawals, and less than one unit for
    /// each of these withdrawals, which are paid rounded down. Virtual shares belong to nobody. All other roundings, of premiums, funding
    /// and fees, went to the classes and were paid to their providers.
    fn assert_left(&self, pool: usize, before: &Pool, asked: [u64; 2]) {
        let view = self.world.view(pool);
        let left = [view.pool.pool_cash.unsigned_abs(), view.pool.insurance_cash];
        assert!(view.pool.pool_cash >= 0);
        let mut of_nobody = 0;
        for class in CLASSES {
            let assets = match class {
                ShareClass::Main => before.pool_cash.unsigned_abs(),
                ShareClass::Insurance => before.insurance_cash,
            };
            let all = before.shares(class).total + VIRTUAL_SHARES;
            let worth = u128::from(assets + VIRTUAL_ASSETS) * u128::from(VIRTUAL_SHARES);
            let of_virtual = worth.div_ceil(u128::from(all)) as u64;
            let (left, asked) = (left[class as usize], asked[class as usize]);
            assert!(asked > 0, "a provider stayed to the end");
            assert!(left <= of_virtual + asked, "{class:?}: {left} left, {of_virtual} virtual, {asked} withdrawals");
            assert_eq!(view.pool.shares(class).total, 0, "no share is left");
            of_nobody += of_virtual;
        }
        assert_eq!((view.pool.withdrawals_due, view.pool.insurance_withdrawals_due), (0, 0), "withdrawals are claimed");
        assert_eq!((view.vault, view.insurance_vault), (left[0], left[1]), "the vaults hold nothing else");
        let opened = self.book.opened(self.world.pools[pool].pool) as u64;
        let held = view.vault + view.insurance_vault;
        assert!(
            held < opened + of_nobody,
            "{held} is left after {opened} accounts, {of_nobody} of it may be virtual shares'"
        );
        println!("pool {pool}: {held} native units are left, {of_nobody} of them may be virtual shares'");
    }
}
