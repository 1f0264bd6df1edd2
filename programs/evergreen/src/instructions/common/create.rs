//! Creation of this program's own accounts. Anchor's `init` does the same with 14 to 28 KB of bytecode for each account.

use crate::token;
use anchor_lang::{ZeroCopy, error::ErrorCode, prelude::*};
use core::cell::RefMut;

/// Creates an account of this program at a derived address and stores its first state. `seeds` end with the bump.
///
/// Errors: the system program's where the account exists.
#[inline(never)]
pub(crate) fn create_account<'info, T: AccountSerialize>(
    payer: &Signer<'info>,
    address: &UncheckedAccount<'info>,
    space: usize,
    seeds: &[&[u8]],
    state: &T,
) -> Result<()> {
    token::create_address(payer, address, space, &crate::ID, seeds)?;
    let mut data = address.try_borrow_mut_data()?;
    state.try_serialize(&mut &mut data[..])
}

/// Creates an account of this program that is read in place, and returns its state, all zero. `seeds` end with the bump.
///
/// Errors: the system program's where the account exists.
pub(crate) fn create_zeroed<'a, 'info, T: ZeroCopy>(
    payer: &Signer<'info>,
    address: &'a UncheckedAccount<'info>,
    space: usize,
    seeds: &[&[u8]],
) -> Result<RefMut<'a, T>> {
    token::create_address(payer, address, space, &crate::ID, seeds)?;
    RefMut::filter_map(address.try_borrow_mut_data()?, |data| {
        let (discriminator, state) = data.split_at_mut_checked(T::DISCRIMINATOR.len())?;
        discriminator.copy_from_slice(T::DISCRIMINATOR);
        bytemuck::try_from_bytes_mut(state.get_mut(..size_of::<T>())?).ok()
    })
    .map_err(|_| error!(ErrorCode::AccountDidNotDeserialize))
}
