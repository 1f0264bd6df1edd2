//! Decoding of accounts, and the discriminators that tell their types apart.
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
use evergreen::state::{
    Counter, LiquidityRequest, MarginAccount, Order, Pool, Proposal, Protocol, RetiredShares, SeriesRegistry,
    Underlying,
};

/// Reason why bytes are not an account of the type asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The first eight bytes name another type.
    #[error("account is of another type")]
    Discriminator,
    /// The bytes are too short or too long for the type.
    #[error("account has the wrong length for its type")]
    Length,
}

/// Length of a discriminator, in bytes.
const PREFIX: usize = 8;

/// An account type of the program: its discriminator, its decoder, and the offsets at which filters find pool and owner.
///
/// ```
/// use evergreen_sdk::{accounts::{self, Account, Kind}, evergreen::state::MarginAccount, testing::scene::Scene};
///
/// let account = Scene::new(1, 0)?.account(3);
/// // The chain stores the discriminator first and then the fields.
/// let bytes = [MarginAccount::PREFIX, bytemuck::bytes_of(&account)].concat();
/// assert_eq!(Kind::of(&bytes), Some(Kind::MarginAccount));
/// assert_eq!(accounts::margin_account(&bytes)?.cash, account.cash);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub trait Account: Sized + Send + Sync + 'static {
    /// The type.
    const KIND: Kind;
    /// The discriminator: the first bytes of every account of the type.
    const PREFIX: &'static [u8];
    /// Offset of the pool's key in bytes, discriminator included; `None` if the account does not hold one.
    const POOL: Option<usize>;
    /// Offset of the owner's key in bytes, discriminator included; `None` if the account does not hold one.
    const OWNER: Option<usize>;
    /// Offset of the key of the collateral mint in bytes, discriminator included; `None` if the account does not hold one.
    const MINT: Option<usize>;

    /// Decodes an account.
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
    ($($(#[$doc:meta])* $name:ident: $type:ident, pool $pool:expr, owner $owner:expr, mint $mint:expr, by $decode:expr;)*) => {
        /// The account types of the program.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {
            $(
                #[doc = concat!("[`", stringify!($type), "`]")]
                $type,
            )*
        }

        impl Kind {
            /// All account types.
            pub const ALL: &[Self] = &[$(Self::$type),*];

            /// Returns the type that an account's first bytes name; `None` if they name none of the program's.
            pub fn of(data: &[u8]) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| data.starts_with(kind.prefix()))
            }

            /// Returns the discriminator of this type: the first bytes of every account of it.
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
                const MINT: Option<usize> = $mint;

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
    protocol: Protocol, pool None, owner None, mint None, by zero_copy;
    /// Decodes an underlying.
    underlying: Underlying, pool None, owner None, mint None, by zero_copy;
    /// Decodes a pool.
    pool: Pool, pool None, owner None, mint Some(PREFIX + offset_of!(Pool, mint)), by zero_copy;
    /// Decodes a series registry.
    registry: SeriesRegistry, pool Some(PREFIX + offset_of!(SeriesRegistry, pool)), owner None, mint None, by zero_copy;
    /// Decodes a margin account.
    margin_account: MarginAccount,
        pool Some(PREFIX + offset_of!(MarginAccount, pool)),
        owner Some(PREFIX + offset_of!(MarginAccount, owner)), mint None,
        by zero_copy;
    /// Decodes a request of liquidity: a deposit or a withdrawal.
    // Version, bump, class and number come before the keys.
    request: LiquidityRequest, pool Some(PREFIX + 11), owner Some(PREFIX + 43), mint None, by borsh;
    /// Decodes what is left for shares of an earlier generation.
    // Version, bump, class and generation come before the pool.
    retired: RetiredShares, pool Some(PREFIX + 7), owner None, mint None, by borsh;
    /// Decodes a proposal.
    // Version, bump, number, queue and proposer come before the target, which is a pool where it changes one.
    proposal: Proposal, pool Some(PREFIX + 74), owner None, mint None, by borsh;
    /// Decodes the counter of a key's transfers.
    // Version and bump come before the owner.
    counter: Counter, pool None, owner Some(PREFIX + 2), mint None, by borsh;
    /// Decodes an order.
    // Version, bump and number come before the keys. An order holds no owner: orders are found by margin account.
    order: Order, pool Some(PREFIX + 10), owner None, mint None, by borsh;
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
    use evergreen::state::{LossIndex, ShareClass};

    #[test]
    fn keys_are_at_the_offsets_that_filters_use() {
        let (pool, owner) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]));
        let new = LiquidityRequest::new(pool, ShareClass::Main, 0, LossIndex::NONE, 0);
        let withdrawal = LiquidityRequest { owner, number: 7, ..new };
        let mut bytes = Vec::new();
        withdrawal.try_serialize(&mut bytes).unwrap();
        let at = |offset: Option<usize>| &bytes[offset.unwrap()..offset.unwrap() + 32];
        assert_eq!((at(LiquidityRequest::POOL), at(LiquidityRequest::OWNER)), (pool.as_ref(), owner.as_ref()));
        assert_eq!(super::request(&bytes).unwrap().number, 7);
        assert_eq!(Kind::of(&bytes), Some(Kind::LiquidityRequest));
        assert_eq!(super::pool(&bytes).err(), Some(DecodeError::Discriminator));

        let [queue, proposer, payer] = [3, 4, 5].map(|byte| Pubkey::new_from_array([byte; 32]));
        let proposal = Proposal {
            version: 1,
            bump: 2,
            id: 3,
            queue,
            proposer,
            target: pool,
            target_version: 4,
            created_at: 5,
            ready_at: 6,
            expires_at: 7,
            payer,
            change: evergreen::state::Change::ResumePool,
            announced_at: 0,
            reserved: [0; 24],
        };
        let mut bytes = Vec::new();
        proposal.try_serialize(&mut bytes).unwrap();
        assert_eq!(&bytes[Proposal::POOL.unwrap()..Proposal::POOL.unwrap() + 32], pool.as_ref());

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

    #[test]
    fn a_discriminator_names_its_type() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.prefix()), Some(*kind));
        }
        assert_eq!(Kind::of(b"of another program"), None);
    }

    #[test]
    fn decoders_refuse_accounts_of_other_types() {
        let bytes = |prefix: &[u8], content: &[u8]| [prefix, content].concat();
        let scene = crate::testing::scene::Scene::new(1, 0).unwrap();
        let of_pool = bytes(Pool::PREFIX, bytemuck::bytes_of(&*scene.view.pool));
        assert_eq!(pool(&of_pool).unwrap().underlying_count, 2);
        let of_registry = bytes(SeriesRegistry::PREFIX, bytemuck::bytes_of(&*scene.view.registry));
        assert_eq!(registry(&of_registry).unwrap().series[0].strike, scene.view.registry.series[0].strike);
        let of_underlying = bytes(Underlying::PREFIX, bytemuck::bytes_of(&*scene.view.markets[1].underlying));
        assert_eq!(underlying(&of_underlying).unwrap().feed_id, crate::presets::ETH_FEED);
        assert_eq!(protocol(&of_pool).err(), Some(DecodeError::Discriminator));
        assert_eq!(registry(&of_pool).err(), Some(DecodeError::Discriminator));
        assert_eq!(underlying(&of_registry).err(), Some(DecodeError::Discriminator));
        assert_eq!(proposal(&of_pool).err(), Some(DecodeError::Discriminator));
        assert_eq!(order(&of_pool).err(), Some(DecodeError::Discriminator));
        assert_eq!(super::request(&[]).err(), Some(DecodeError::Discriminator));
    }
}
