//! The comparison: everything that the chain stores about the pool against the books, to the unit.

use super::{INSURANCE, MAIN, Year};
use crate::{
    model::signed,
    people::{PEOPLE, WEEKLY},
};
use evergreen_math::Native;
use evergreen_sdk::{
    accounts,
    evergreen::state::{Series, SeriesStatus},
};
use evergreen_tests::CLASSIC;

impl Year {
    /// Compares chain and books.
    ///
    /// # Panics
    /// Where any number differs.
    pub fn compare(&mut self) {
        let view = self.world.view(CLASSIC);
        let (pool, books) = (&view.pool, &self.books);
        let mut margin = 0;
        for who in PEOPLE.into_iter().chain([WEEKLY]) {
            let (chain, expected) = (&view.accounts[&self.account(who)], &books.accounts[who]);
            assert_eq!(chain.cash, expected.cash, "cash of {who}");
            margin += chain.cash;
            let open: Vec<usize> = chain.open_positions().collect();
            assert_eq!(open.len(), expected.positions.len(), "positions of {who}");
            for (contract, held) in &expected.positions {
                let place = chain.find(self.ids[contract]).expect("a position");
                let position = chain.positions[place];
                assert_eq!(position.points, held.points, "points of {who} in {contract:?}");
                assert_eq!(position.snapshot(), held.snapshot, "index of {who} in {contract:?}");
            }
        }
        let insurance = pool.insurance_cash as i64 + pool.insurance_due;
        let ledgers = [pool.pool_cash, insurance, signed(Native(pool.fees_due)), pool.margin_cash];
        let expected = [books.ledgers.main, books.ledgers.insurance, books.ledgers.fees, margin];
        assert_eq!(ledgers, expected, "ledgers: main, insurance, fees, margin");
        assert_eq!(pool.pool_cash, self.provided + self.earned.cash(), "{:?}", self.earned);
        let shares = [MAIN, INSURANCE].map(|class| pool.shares(class).total);
        assert_eq!(shares, books.ledgers.shares, "shares");
        let carry = pool.underlyings[self.market].carry;
        assert_eq!((pool.depth, carry.net_delta), (books.depth, books.carry.net_delta), "depth and net delta");
        assert_eq!([carry.up, carry.down].map(|side| side.get()), books.carry.sides, "sides of the delta");
        let reserves: i64 = books.lines.iter().map(|(contract, line)| books.reserve(contract, line)).sum();
        assert_eq!(signed(Native(pool.reserved_collateral)), reserves, "reserves");
        // The slot of a series that has ended and is paid is kept for liquidity of its minute.
        let is_here = |series: &&Series| series.status() == SeriesStatus::Live || series.has_interest();
        let live = view.registry.used().filter(is_here).count();
        assert_eq!(live, books.lines.len(), "series");
        for (contract, line) in &books.lines {
            let series = view.registry.series(self.ids[contract]).expect("a series");
            assert_eq!(series.funding(), line.funding, "funding of {contract:?}");
            assert_eq!([series.long_points, series.short_points], [line.long, line.short], "interest in {contract:?}");
        }
        let underlying = accounts::underlying(&self.world.chain.data(&self.feed.underlying)).expect("an underlying");
        assert_eq!(underlying.volatility_state(), books.market.state, "volatility");
        let tokens = view.vault + view.insurance_vault;
        let owed = pool.pool_cash + insurance + pool.margin_cash + signed(Native(pool.fees_due + pool.tips_due));
        let leaving = pool.withdrawals_due + pool.insurance_withdrawals_due;
        assert_eq!(signed(Native(tokens)), owed + signed(Native(leaving)), "tokens in the vaults");
        self.books.count("compared months");
    }
}
