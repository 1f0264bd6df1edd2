//! A market on a local network for tests of clients, keepers and commands.
//!
//! [`Market`] is a network with the compiled program, two underlyings and a pool with liquidity. [`Crowd`] is people who use it,
//! [`look`] says what a keeper has left undone in it, and [`Busy`] is a market with a crowd and a network that fails. [`Faulty`]
//! and [`Proxy`] are the relays that fail, [`Liar`] is one that lies, [`Later`] one whose transactions nobody can read, [`Hermes`] is a price service, [`OwnPrices`] are prices that only a test posts, [`Counted`] is a relay that counts, and [`Venue`] is an exchange for coins.

mod busy;
mod counted;
mod crowd;
mod faulty;
mod hermes;
mod inspection;
mod later;
mod liar;
mod market;
mod others;
mod own_prices;
mod proxy;
mod relay;
mod sponsor;
mod venue;

pub use busy::{Busy, assert_nothing_done_twice, how_many, tasks_done};
pub use counted::{Asked, Counted};
pub use crowd::Crowd;
pub use evergreen_test_support::random::Random;
pub use faulty::Faulty;
pub use hermes::{Hermes, SERVICE_KEY};
pub use inspection::{Inspection, Undone, look};
pub use later::Later;
pub use liar::{Liar, Lie};
pub use market::{LAMPORTS, Market, TOKEN};
pub use others::Others;
pub use own_prices::{MAX_AGE, OwnPrices, SHARD};
pub use proxy::Proxy;
pub use venue::{Venue, VenueFaults};
