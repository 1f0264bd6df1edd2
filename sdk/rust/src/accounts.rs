//! Decoding of accounts, and what tells their types apart.
//!
//! ```
//! use evergreen_sdk::{accounts::{self, Account, DecodeError}, evergreen::state::Pool};
//!
//! assert_eq!(Pool::decode(&[0; 100]).err(), Some(DecodeError::Discriminator));
//! assert!(accounts::Kind::of(&[0; 100]).is_none());
//! ```

use anchor_lang::{AccountDeserialize, Discriminator};
use bytemuck::AnyBitPattern;
use core::mem::offset_of;
use evergreen::state::{MarginAccount, Order, Pool, Proposal, Protocol, SeriesRegistry, Underlying, WithdrawalRequest};

/// Why bytes are not an account of the type asked for.
///
/// ```
/// use evergreen_sdk::{accounts::{Account, DecodeError}, evergreen::state::{MarginAccount, Underlying}};
///
/// // The right type cut short, and another type.
/// let short = MarginAccount::decode(MarginAccount::PREFIX);
/// assert_eq!(short.err(), Some(DecodeError::Length));
/// let other = Underlying::decode(MarginAccount::PREFIX);
/// assert_eq!(other.err().map(|error| error.to_string()).as_deref(), Some("account is of another type"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The first eight bytes name another type.
    #[error("account is of another type")]
    Discriminator,
    /// Too short or too long for the type.
    #[error("account has the wrong length for its type")]
    Length,
}

/// Bytes of a discriminator.
const PREFIX: usize = 8;

/// An account type of the program: its bytes, and where filters find the keys it belongs to.
///
/// ```
/// use evergreen_sdk::{accounts::{self, Account, Kind}, evergreen::state::MarginAccount, testing::scene::Scene};
///
/// let account = Scene::new(1, 0)?.account(3);
/// // As the chain stores it: what type, then the fields.
/// let bytes = [MarginAccount::PREFIX, bytemuck::bytes_of(&account)].concat();
/// assert_eq!(Kind::of(&bytes), Some(Kind::MarginAccount));
/// assert_eq!(accounts::margin_account(&bytes)?.cash, account.cash);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub trait Account: Sized + Send + Sync + 'static {
    /// Which type.
    const KIND: Kind;
    /// The first bytes.
    const PREFIX: &'static [u8];
    /// Offset of the key of the pool, discriminator included.
    const POOL: Option<usize>;
    /// Offset of the owner's key, discriminator included.
    const OWNER: Option<usize>;

    /// Decodes an account.
    ///
    /// ```
    /// use evergreen_sdk::{accounts::{Account, DecodeError}, evergreen::state::MarginAccount, testing::scene::Scene};
    ///
    /// /// One function for every type: bytes of many accounts, decoded or refused together.
    /// fn all<T: Account>(bytes: &[Vec<u8>]) -> Result<Vec<Box<T>>, DecodeError> {
    ///     bytes.iter().map(|one| T::decode(one)).collect()
    /// }
    ///
    /// let account = Scene::new(1, 0)?.account(3);
    /// let bytes = [MarginAccount::PREFIX, bytemuck::bytes_of(&account)].concat();
    /// assert_eq!(all::<MarginAccount>(&[bytes])?[0].owner, account.owner);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are of another type or length.
    fn decode(data: &[u8]) -> Result<Box<Self>, DecodeError>;
}

fn zero_copy<T: Discriminator + AnyBitPattern>(data: &[u8]) -> Result<Box<T>, DecodeError> {
    let rest = data.strip_prefix(T::DISCRIMINATOR).ok_or(DecodeError::Discriminator)?;
    if rest.len() != size_of::<T>() {
        return Err(DecodeError::Length);
    }
    Ok(Box::new(bytemuck::pod_read_unaligned(rest)))
}

macro_rules! account_types {
    ($($(#[$doc:meta])* $name:ident: $type:ident, pool $pool:expr, owner $owner:expr, by $decode:expr;)*) => {
        /// The account types of the program.
        ///
        /// ```
        /// use evergreen_sdk::accounts::Kind;
        ///
        /// /// What an explorer writes beside an address of the program's.
        /// fn title(data: &[u8]) -> &'static str {
        ///     match Kind::of(data) {
        ///         Some(Kind::Pool | Kind::SeriesRegistry) => "market",
        ///         Some(Kind::MarginAccount | Kind::Order) => "trader",
        ///         Some(Kind::WithdrawalRequest) => "liquidity on its way out",
        ///         Some(_) => "administration",
        ///         None => "not ours",
        ///     }
        /// }
        /// assert_eq!(title(Kind::WithdrawalRequest.prefix()), "liquidity on its way out");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {
            $(
                #[doc = concat!("[`", stringify!($type), "`]")]
                $type,
            )*
        }

        /// From bytes to a type and back:
        ///
        /// ```
        /// use evergreen_sdk::accounts::Kind;
        ///
        /// assert!(Kind::ALL.iter().all(|kind| Kind::of(kind.prefix()) == Some(*kind)));
        /// ```
        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$type),*];

            /// The type that an account's first bytes name.
            ///
            /// ```
            /// use evergreen_sdk::{accounts::{Account, Kind}, evergreen::state::SeriesRegistry};
            ///
            /// assert_eq!(Kind::of(SeriesRegistry::PREFIX), Some(Kind::SeriesRegistry));
            /// assert_eq!(Kind::of(b"of another program"), None);
            /// ```
            pub fn of(data: &[u8]) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| data.starts_with(kind.prefix()))
            }

            /// The first bytes of an account of this type.
            ///
            /// ```
            /// use evergreen_sdk::accounts::Kind;
            ///
            /// // What a filter of `getProgramAccounts` compares with the first eight bytes to get orders alone.
            /// let (offset, bytes) = (0, Kind::Order.prefix());
            /// assert_eq!((offset, bytes.len()), (0, 8));
            /// ```
            pub const fn prefix(self) -> &'static [u8] {
                match self {
                    $(Self::$type => $type::PREFIX,)*
                }
            }
        }

        $(
            impl Account for $type {
                const KIND: Kind = Kind::$type;
                const PREFIX: &'static [u8] = <$type as Discriminator>::DISCRIMINATOR;
                const POOL: Option<usize> = $pool;
                const OWNER: Option<usize> = $owner;

                fn decode(data: &[u8]) -> Result<Box<Self>, DecodeError> {
                    $decode(data)
                }
            }

            $(#[$doc])*
            ///
            /// # Errors
            /// [`DecodeError`] when the bytes are of another type or length.
            pub fn $name(data: &[u8]) -> Result<Box<$type>, DecodeError> {
                $type::decode(data)
            }
        )*
    };
}

account_types! {
    /// Decodes the protocol account.
    ///
    /// ```
    /// use evergreen_sdk::{accounts::{self, Account}, evergreen::state::{Action, LAYOUT_VERSION, Protocol}};
    ///
    /// let mut protocol: Protocol = bytemuck::Zeroable::zeroed();
    /// (protocol.version, protocol.timelock) = (LAYOUT_VERSION, 172_800);
    /// let bytes = [Protocol::PREFIX, bytemuck::bytes_of(&protocol)].concat();
    /// let protocol = accounts::protocol(&bytes)?;
    /// assert_eq!(protocol.timelock, 172_800);
    /// assert!(protocol.check_running(Action::List, 1_790_000_000).is_ok(), "nothing is paused");
    /// # Ok::<(), accounts::DecodeError>(())
    /// ```
    protocol: Protocol, pool None, owner None, by zero_copy;
    /// Decodes an underlying.
    ///
    /// ```
    /// use evergreen_sdk::{accounts::{self, Account}, evergreen::state::Underlying, presets, testing::scene::Scene};
    ///
    /// let scene = Scene::new(1, 0)?;
    /// let bytes = [Underlying::PREFIX, bytemuck::bytes_of(&*scene.view.markets[1].underlying)].concat();
    /// let eth = accounts::underlying(&bytes)?;
    /// assert_eq!((eth.feed_id, eth.params.strike_step), (presets::ETH_FEED, 50));
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    underlying: Underlying, pool None, owner None, by zero_copy;
    /// Decodes a pool.
    ///
    /// ```
    /// use evergreen_sdk::{accounts::{self, Account}, evergreen::state::Pool, testing::scene::Scene};
    ///
    /// let scene = Scene::new(1, 0)?;
    /// let bytes = [Pool::PREFIX, bytemuck::bytes_of(&*scene.view.pool)].concat();
    /// let pool = accounts::pool(&bytes)?;
    /// assert_eq!((pool.underlying_count, pool.params.fee_open_bps), (2, 5));
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pool: Pool, pool None, owner None, by zero_copy;
    /// Decodes a registry.
    ///
    /// ```
    /// use evergreen_sdk::{accounts::{self, Account}, evergreen::state::{SeriesRegistry, SeriesStatus}, testing::scene::Scene};
    ///
    /// let scene = Scene::new(1, 0)?;
    /// let bytes = [SeriesRegistry::PREFIX, bytemuck::bytes_of(&*scene.view.registry)].concat();
    /// let registry = accounts::registry(&bytes)?;
    /// assert_eq!(registry.series.iter().filter(|series| series.status() == SeriesStatus::Live).count(), 64);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    registry: SeriesRegistry, pool Some(PREFIX + offset_of!(SeriesRegistry, pool)), owner None, by zero_copy;
    /// Decodes a margin account.
    ///
    /// ```
    /// use evergreen_sdk::{accounts::{self, Account}, evergreen::state::MarginAccount, testing::scene::Scene};
    ///
    /// let account = Scene::new(1, 0)?.account(3);
    /// let bytes = [MarginAccount::PREFIX, bytemuck::bytes_of(&account)].concat();
    /// let account = accounts::margin_account(&bytes)?;
    /// assert_eq!(account.open_positions().count(), 3);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    margin_account: MarginAccount,
        pool Some(PREFIX + offset_of!(MarginAccount, pool)),
        owner Some(PREFIX + offset_of!(MarginAccount, owner)),
        by zero_copy;
    /// Decodes a withdrawal.
    ///
    /// ```
    /// use evergreen_sdk::accounts::{self, DecodeError};
    ///
    /// /// Unix seconds from which a withdrawal may be executed.
    /// fn due(withdrawal: &[u8], pool: &[u8]) -> Result<i64, DecodeError> {
    ///     let (withdrawal, pool) = (accounts::withdrawal(withdrawal)?, accounts::pool(pool)?);
    ///     Ok(withdrawal.requested_at + pool.cooldown(withdrawal.share_class()))
    /// }
    /// assert_eq!(due(&[], &[]), Err(DecodeError::Discriminator));
    /// ```
    // Version, bump, class and number come before the keys.
    withdrawal: WithdrawalRequest, pool Some(PREFIX + 11), owner Some(PREFIX + 43), by borsh;
    /// Decodes a proposal.
    ///
    /// ```
    /// use evergreen_sdk::{accounts::{self, DecodeError}, evergreen::state::Change};
    ///
    /// /// Whether a proposal would change who the admin is, and from when on it may.
    /// fn new_admin(proposal: &[u8]) -> Result<Option<i64>, DecodeError> {
    ///     let proposal = accounts::proposal(proposal)?;
    ///     Ok(matches!(proposal.change, Change::Admin(_)).then_some(proposal.ready_at))
    /// }
    /// assert_eq!(new_admin(&[0; 8]), Err(DecodeError::Discriminator));
    /// ```
    proposal: Proposal, pool None, owner None, by borsh;
    /// Decodes an order.
    ///
    /// ```
    /// use evergreen_sdk::accounts::{self, DecodeError};
    ///
    /// /// What a keeper would earn by an order that is not over yet.
    /// fn tip(order: &[u8], now: i64) -> Result<Option<u64>, DecodeError> {
    ///     let order = accounts::order(order)?;
    ///     Ok((now < order.terms.expires_at).then_some(order.terms.tip))
    /// }
    /// assert_eq!(tip(&[0; 8], 1_790_000_000), Err(DecodeError::Discriminator));
    /// ```
    // Version, bump and number come before the keys; orders are found by margin account, not by owner.
    order: Order, pool Some(PREFIX + 10), owner None, by borsh;
}

fn borsh<T: AccountDeserialize + Discriminator>(data: &[u8]) -> Result<Box<T>, DecodeError> {
    if !data.starts_with(T::DISCRIMINATOR) {
        return Err(DecodeError::Discriminator);
    }
    T::try_deserialize(&mut &data[..]).map(Box::new).map_err(|_| DecodeError::Length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::{AccountSerialize, prelude::Pubkey};

    #[test]
    fn keys_are_where_filters_look() {
        let (pool, owner) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]));
        let withdrawal = WithdrawalRequest {
            version: 2,
            bump: 0,
            class: 0,
            number: 7,
            pool,
            owner,
            shares: 0,
            worth_at_request: 0,
            payable: 0,
            requested_at: 0,
            loss_factor: 0,
            loss_epoch: 0,
            reserved: [0; 20],
        };
        let mut bytes = Vec::new();
        withdrawal.try_serialize(&mut bytes).unwrap();
        let at = |offset: Option<usize>| &bytes[offset.unwrap()..offset.unwrap() + 32];
        assert_eq!((at(WithdrawalRequest::POOL), at(WithdrawalRequest::OWNER)), (pool.as_ref(), owner.as_ref()));
        assert_eq!(super::withdrawal(&bytes).unwrap().number, 7);
        assert_eq!(Kind::of(&bytes), Some(Kind::WithdrawalRequest));
        assert_eq!(super::pool(&bytes).err(), Some(DecodeError::Discriminator));

        let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
        account.pool = pool;
        account.owner = owner;
        let mut bytes = MarginAccount::PREFIX.to_vec();
        bytes.extend_from_slice(bytemuck::bytes_of(&account));
        let at = |offset: Option<usize>| &bytes[offset.unwrap()..offset.unwrap() + 32];
        assert_eq!((at(MarginAccount::POOL), at(MarginAccount::OWNER)), (pool.as_ref(), owner.as_ref()));
        assert_eq!(margin_account(&bytes).unwrap().owner, owner);
        bytes.pop();
        assert_eq!(margin_account(&bytes).err(), Some(DecodeError::Length));
    }
}
