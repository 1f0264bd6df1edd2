//! Decoding of accounts.

use anchor_lang::{AccountDeserialize, Discriminator};
use bytemuck::AnyBitPattern;
use evergreen::state::{Book, MarginAccount, Pool, Protocol, Ticket, Underlying};

/// Why bytes are not an account of the type asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The first eight bytes name another type.
    Discriminator,
    /// Too short or too long for the type.
    Length,
}

impl core::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Discriminator => "account is of another type",
            Self::Length => "account has the wrong length for its type",
        })
    }
}

impl std::error::Error for DecodeError {}

fn zero_copy<T: Discriminator + AnyBitPattern>(data: &[u8]) -> Result<Box<T>, DecodeError> {
    let rest = data.strip_prefix(T::DISCRIMINATOR).ok_or(DecodeError::Discriminator)?;
    if rest.len() != size_of::<T>() {
        return Err(DecodeError::Length);
    }
    Ok(Box::new(bytemuck::pod_read_unaligned(rest)))
}

macro_rules! decoder {
    ($(#[$doc:meta])* $name:ident -> $type:ty) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// [`DecodeError`] when the bytes are of another type or length.
        pub fn $name(data: &[u8]) -> Result<Box<$type>, DecodeError> {
            zero_copy(data)
        }
    };
}

decoder! {
    /// Decodes the protocol account.
    protocol -> Protocol
}
decoder! {
    /// Decodes an underlying.
    underlying -> Underlying
}
decoder! {
    /// Decodes a pool.
    pool -> Pool
}
decoder! {
    /// Decodes a book.
    book -> Book
}
decoder! {
    /// Decodes a margin account.
    margin_account -> MarginAccount
}

/// Decodes a ticket.
///
/// # Errors
/// [`DecodeError`] when the bytes are of another type or length.
pub fn ticket(data: &[u8]) -> Result<Ticket, DecodeError> {
    if !data.starts_with(Ticket::DISCRIMINATOR) {
        return Err(DecodeError::Discriminator);
    }
    Ticket::try_deserialize(&mut &data[..]).map_err(|_| DecodeError::Length)
}
