//! Sizes of accounts and offsets of their fields, on which indexers and other clients rely.

use core::mem::offset_of;
use evergreen_sdk::evergreen::state::{
    Commitment, Counter, LiquidityRequest, MarginAccount, Order, Pool, PoolCarry, PoolParams, PoolUnderlying, Position,
    Proposal, Protocol, Series, SeriesRegistry, ShareLedger, Underlying, UnderlyingParams,
};

#[test]
fn sizes_with_discriminator() {
    let table = [
        ("Protocol", Protocol::SPACE, 560),
        ("Underlying", Underlying::SPACE, 8 + size_of::<Underlying>()),
        ("Pool", Pool::SPACE, 8 + size_of::<Pool>()),
        ("SeriesRegistry", SeriesRegistry::SPACE, 8 + 8 + 32 + 64 * (144 + 12) + 64),
        ("MarginAccount", MarginAccount::SPACE, 856),
        ("LiquidityRequest", LiquidityRequest::SPACE, 8 + 3 + 8 + 2 * 32 + 7 * 8 + 4 + 8 + 4 + 8 + 32 + 32),
        ("Counter", Counter::SPACE, 8 + 2 + 32 + 8 + 6),
        // Four legs take 24 bytes each; a trigger takes ten bytes after the byte that says whether there is one.
        ("Order", Order::SPACE, 8 + 2 + 8 + 5 * 32 + 8 + 1 + (4 + 4 * 24 + 8 + 11 + 1 + 8 + 8) + 12 + 32),
        ("Proposal", Proposal::SPACE, 8 + 2 + 8 + 3 * 32 + 4 + 3 * 8 + 32 + 137 + 32),
    ];
    for (name, space, expected) in table {
        assert_eq!(space, expected, "{name}");
    }
    assert_eq!((size_of::<Series>(), size_of::<Position>(), size_of::<ShareLedger>()), (144, 32, 48));
    assert_eq!((size_of::<PoolParams>(), size_of::<UnderlyingParams>()), (136, 88));
}

#[test]
fn offsets_of_fields() {
    let table = [
        ("Pool.mint", offset_of!(Pool, mint), 8),
        ("Pool.vault", offset_of!(Pool, vault), 72),
        ("Pool.pool_cash", offset_of!(Pool, pool_cash), 200),
        ("Pool.margin_cash", offset_of!(Pool, margin_cash), 208),
        ("Pool.fees_due", offset_of!(Pool, fees_due), 216),
        ("Pool.reserved_collateral", offset_of!(Pool, reserved_collateral), 256),
        ("Pool.underlyings", offset_of!(Pool, underlyings), 376),
        ("PoolUnderlying.carry", offset_of!(PoolUnderlying, carry), 32),
        ("PoolCarry.rates", offset_of!(PoolCarry, rates), 88),
        ("Pool.params", offset_of!(Pool, params), 984),
        ("Pool.max_ages", offset_of!(Pool, max_ages), 1_120),
        ("Pool.referrals_due", offset_of!(Pool, referrals_due), 1_136),
        ("Pool.tips_due", offset_of!(Pool, tips_due), 1_144),
        ("Pool.loss_index", offset_of!(Pool, loss_index), 1_152),
        ("Pool.insurance_loss_index", offset_of!(Pool, insurance_loss_index), 1_168),
        ("Pool.config_version", offset_of!(Pool, config_version), 1_184),
        ("Pool.flags", offset_of!(Pool, flags), 1_188),
        ("Pool.creator", offset_of!(Pool, creator), 1_808),
        ("Pool.curator", offset_of!(Pool, curator), 1_840),
        ("SeriesRegistry.pool", offset_of!(SeriesRegistry, pool), 8),
        ("SeriesRegistry.series", offset_of!(SeriesRegistry, series), 40),
        ("Series.strike", offset_of!(Series, strike), 0),
        ("Series.long_points", offset_of!(Series, long_points), 8),
        ("Series.short_points", offset_of!(Series, short_points), 16),
        ("Series.slope", offset_of!(Series, slope), 40),
        ("Series.cap_bps", offset_of!(Series, cap_bps), 110),
        ("Series.funding_index", offset_of!(Series, funding_index), 48),
        ("Series.bought_basis", offset_of!(Series, bought_basis), 80),
        ("Series.written_basis", offset_of!(Series, written_basis), 88),
        ("Series.generation", offset_of!(Series, generation), 100),
        ("Series.log_strike", offset_of!(Series, log_strike), 112),
        ("Series.log_cap", offset_of!(Series, log_cap), 120),
        ("MarginAccount.pool", offset_of!(MarginAccount, pool), 8),
        ("MarginAccount.owner", offset_of!(MarginAccount, owner), 40),
        ("MarginAccount.cash", offset_of!(MarginAccount, cash), 136),
        ("MarginAccount.positions", offset_of!(MarginAccount, positions), 144),
        ("MarginAccount.referral_due", offset_of!(MarginAccount, referral_due), 528),
        ("MarginAccount.next_order", offset_of!(MarginAccount, next_order), 536),
        ("MarginAccount.loss_index", offset_of!(MarginAccount, loss_index), 544),
        ("MarginAccount.open_orders", offset_of!(MarginAccount, open_orders), 560),
        ("MarginAccount.commitment", offset_of!(MarginAccount, commitment), 576),
        ("Commitment.legs", offset_of!(Commitment, legs), 80),
        ("Commitment.closing", offset_of!(Commitment, closing), 208),
        ("Series.commitments", offset_of!(Series, commitments), 108),
        ("Underlying.feed_id", offset_of!(Underlying, feed_id), 8),
        ("Underlying.config_version", offset_of!(Underlying, config_version), 168),
        ("Protocol.next_proposal", offset_of!(Protocol, next_proposal), 296),
        ("Protocol.timelock", offset_of!(Protocol, timelock), 304),
        ("Protocol.config_version", offset_of!(Protocol, config_version), 308),
        ("Protocol.admin", offset_of!(Protocol, admin), 8),
        ("Protocol.guardian", offset_of!(Protocol, guardian), 72),
    ];
    for (name, place, expected) in table {
        assert_eq!(place, expected, "{name}");
    }
}
