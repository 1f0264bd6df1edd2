//! A registry that costs as much to value as one can: sixty-four calls and puts in the money.

use crate::{BTC, CLASSIC, Setup, World, chain::actor, trading, world::TOKEN};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    accounts, address,
    evergreen::{
        errors::EvergreenError,
        state::{SeriesId, SeriesSpec, ShareClass},
    },
    instruction as build, presets,
};

/// Points that mallory holds of each series: next to nothing.
const POINTS: i64 = 5_000;
/// Series of one of mallory's accounts.
const OF_ACCOUNT: usize = 12;

impl World {
    /// Makes a pool of mallory, with a thousand tokens of others, in which she holds a few points of sixty-four options in the money.
    pub fn dear_registry() -> (Self, usize) {
        let mut setup = Setup::preset();
        (setup.btc, setup.eth) = (presets::btc(presets::PYTH_RECEIVER), presets::eth(presets::PYTH_RECEIVER));
        let mut world = Self::new(setup);
        world.checked = false;
        let pool = world.add_curated_pool("mallory", CLASSIC, (false, TOKEN / 1_000), presets::pool_params());
        world.provide("victim", pool, ShareClass::Main, 1_000 * TOKEN).ok();
        world.provide("insurer", pool, ShareClass::Insurance, 100 * TOKEN).ok();
        let keys = world.pools[pool];
        for (sub, specs) in in_the_money().chunks(OF_ACCOUNT).enumerate() {
            let sub = u16::try_from(sub).expect("few");
            world.chain.send(&[build::open_margin_account(world.chain.payer, actor("mallory"), &keys, sub, None)]).ok();
            let account = address::margin_account(&keys.pool, &actor("mallory"), sub);
            world.fund("mallory", pool, TOKEN);
            world.chain.send(&[build::deposit_margin(actor("mallory"), &keys, account, TOKEN)]).ok();
            for (n, four) in specs.chunks(4).enumerate() {
                let begin = usize::from(sub) * OF_ACCOUNT + n * 4;
                let slots = (begin..).take(four.len()).map(|slot| u8::try_from(slot).expect("a slot"));
                let legs: Vec<_> = slots.map(|slot| (SeriesId { slot, generation: 1 }, POINTS)).collect();
                for spec in four {
                    world.pass(1);
                    world.chain.send(&[build::list_series(&keys, &world.feeds[BTC].accounts, *spec)]).ok();
                }
                world.buy_with(pool, account, &legs);
            }
        }
        (world, pool)
    }

    /// The accounts of mallory in the pool of [`Self::dear_registry`].
    pub fn accounts_of_mallory(&self, pool: usize) -> Vec<Pubkey> {
        let accounts = 64usize.div_ceil(OF_ACCOUNT);
        (0u16..)
            .take(accounts)
            .map(|sub| address::margin_account(&self.pools[pool].pool, &actor("mallory"), sub))
            .collect()
    }

    /// Takes the samples of the bitcoin price of some half-hours, as keepers of other pools do.
    pub fn sample_half_hours(&mut self, count: u32) {
        for n in 0..count {
            self.chain.pass(1_800 - self.chain.now() % 1_800 - 1);
            self.set_price(BTC, 100_000);
            self.chain.pass(2);
            self.set_price(BTC, 100_000 + 100 * i64::from(n % 7));
            let sample = self.sample_instruction(BTC);
            // An underlying is first sampled a whole interval after its creation.
            let outcome = self.chain.send(&[sample]);
            assert!(outcome.succeeded() || outcome.code == Some(EvergreenError::SampleTooEarly.into()));
        }
    }

    fn buy_with(&mut self, pool: usize, account: Pubkey, legs: &[(SeriesId, i64)]) {
        let keys = self.pools[pool];
        let (view, state) =
            (self.view(pool), accounts::margin_account(&self.chain.data(&account)).expect("an account"));
        let terms = trading::at_any_price(&view.pool, &view.registry, &state, legs);
        self.chain.send(&[build::commit_trade(actor("mallory"), &keys, account, state.next_order, terms, &[])]).ok();
        self.wait_for_fill();
        let fill = trading::fill(&self.chain, &keys, &account, &self.markets());
        let mut outcome = self.chain.send(std::slice::from_ref(&fill));
        if outcome.code == Some(EvergreenError::SampleDue.into()) {
            let all: Vec<_> = self.due_samples().into_iter().chain([fill]).collect();
            outcome = self.chain.send(&all);
        }
        trading::as_trade(outcome).ok();
    }
}

/// Options in the money, which cost most to value.
fn in_the_money() -> Vec<SeriesSpec> {
    let mut specs = Vec::new();
    for (days, low) in [(2, 67_000), (30, 72_000)] {
        specs.extend((0..24).map(|n| SeriesSpec { put: false, strike: low + n * 1_000, tenor: days * 86_400 }));
        specs.extend((0..8).map(|n| SeriesSpec { put: true, strike: 116_000 + n * 1_000, tenor: days * 86_400 }));
    }
    specs
}
