//! What a client would quote from: a pool's accounts and prices, decoded from their bytes.

use crate::world::World;
use evergreen_sdk::{
    accounts, address,
    quote::{MarketView, PoolView, PriceBytes},
};

impl World {
    /// Returns the pool as a client sees it: decoded accounts, price accounts as plain bytes, and the clock.
    ///
    /// # Panics
    /// If an account cannot be decoded.
    pub fn client_view(&self, pool: usize) -> PoolView {
        let keys = self.pools[pool];
        let state = accounts::pool(&self.chain.data(&keys.pool)).expect("a pool");
        let registry = accounts::registry(&self.chain.data(&keys.registry)).expect("a registry");
        let listed = state.underlyings.iter().take(usize::from(state.underlying_count));
        let markets = listed.map(|listed| {
            let feed = self.feeds.iter().find(|feed| feed.accounts.underlying == listed.key).expect("a feed").accounts;
            let price =
                self.chain.account(&feed.price).map(|stored| PriceBytes { owner: stored.owner, data: stored.data });
            let underlying = accounts::underlying(&self.chain.data(&listed.key)).expect("an underlying");
            let mut market = MarketView { underlying, feed, price, earlier: None, sample: None };
            let place = self.feeds.iter().position(|known| known.accounts.underlying == listed.key).expect("a feed");
            if let Some(moment) = market.sample_moment(self.chain.now()) {
                let kept = self.first_after(place, moment);
                let stored = kept.and_then(|feed| Some((feed.price, self.chain.account(&feed.price)?)));
                let sample = stored.map(|(key, stored)| (key, PriceBytes { owner: stored.owner, data: stored.data }));
                market.take_sample(self.chain.now(), sample);
            }
            market
        });
        let protocol = accounts::protocol(&self.chain.data(&address::protocol())).ok();
        PoolView { keys, markets: markets.collect(), pool: state, registry, now: self.chain.now(), protocol }
    }
}
