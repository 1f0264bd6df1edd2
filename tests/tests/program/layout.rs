//! Sizes and places of fields in accounts: what indexers and other clients rely on.

use core::mem::offset_of;
use evergreen_sdk::evergreen::state::{
    Book, MarginAccount, Pool, PoolParams, Position, Proposal, Protocol, Series, ShareLedger, Ticket, Underlying,
    UnderlyingParams,
};

#[test]
fn sizes_with_discriminator() {
    let table = [
        ("Protocol", Protocol::SPACE, 560),
        ("Underlying", Underlying::SPACE, 8 + size_of::<Underlying>()),
        ("Pool", Pool::SPACE, 8 + size_of::<Pool>()),
        ("Book", Book::SPACE, 8 + 8 + 32 + 64 * 136 + 64),
        ("MarginAccount", MarginAccount::SPACE, 600),
        ("Ticket", Ticket::SPACE, 8 + 3 + 8 + 32 + 32 + 8 + 8 + 8 + 8 + 32),
        ("Proposal", Proposal::SPACE, 8 + 2 + 8 + 32 + 4 + 3 * 8 + 32 + 89 + 32),
    ];
    for (name, space, expected) in table {
        assert_eq!(space, expected, "{name}");
    }
    assert_eq!((size_of::<Series>(), size_of::<Position>(), size_of::<ShareLedger>()), (136, 32, 48));
    assert_eq!((size_of::<PoolParams>(), size_of::<UnderlyingParams>()), (88, 88));
}

#[test]
fn places_of_fields() {
    let table = [
        ("Pool.mint", offset_of!(Pool, mint), 8),
        ("Pool.vault", offset_of!(Pool, vault), 72),
        ("Pool.pool_cash", offset_of!(Pool, pool_cash), 200),
        ("Pool.margin_cash", offset_of!(Pool, margin_cash), 208),
        ("Pool.fees_due", offset_of!(Pool, fees_due), 216),
        ("Pool.locks", offset_of!(Pool, locks), 256),
        ("Book.pool", offset_of!(Book, pool), 8),
        ("Book.series", offset_of!(Book, series), 40),
        ("Series.strike", offset_of!(Series, strike), 0),
        ("Series.long_points", offset_of!(Series, long_points), 8),
        ("Series.short_points", offset_of!(Series, short_points), 16),
        ("Series.funding_index", offset_of!(Series, funding_index), 48),
        ("Series.claim_basis", offset_of!(Series, claim_basis), 80),
        ("Series.generation", offset_of!(Series, generation), 100),
        ("MarginAccount.pool", offset_of!(MarginAccount, pool), 8),
        ("MarginAccount.owner", offset_of!(MarginAccount, owner), 40),
        ("MarginAccount.cash", offset_of!(MarginAccount, cash), 136),
        ("MarginAccount.positions", offset_of!(MarginAccount, positions), 144),
        ("Underlying.feed_id", offset_of!(Underlying, feed_id), 8),
        ("Protocol.admin", offset_of!(Protocol, admin), 8),
        ("Protocol.guardian", offset_of!(Protocol, guardian), 72),
    ];
    for (name, place, expected) in table {
        assert_eq!(place, expected, "{name}");
    }
}
