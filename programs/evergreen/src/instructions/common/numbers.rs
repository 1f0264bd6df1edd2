//! Numbers of a key, each of which is taken once.

use crate::{
    seeds,
    state::{Counter, LAYOUT_VERSION},
    token,
};
use anchor_lang::prelude::*;

/// Takes the next number of a key, which has signed; the first one opens its counter, at the cost of `payer`. Errors: `WrongNumber`, `ConstraintSeeds`.
#[inline(never)]
pub(crate) fn take<'info>(
    payer: &Signer<'info>,
    owner: &Pubkey,
    address: &UncheckedAccount<'info>,
    number: u64,
) -> Result<()> {
    let bump = token::derive(address, &[seeds::COUNTER, owner.as_ref()])?;
    let mut counter = if address.owner == &crate::ID {
        let data = address.try_borrow_data()?;
        Counter::try_deserialize(&mut &data[..])?
    } else {
        let seeds: &[&[u8]] = &[seeds::COUNTER, owner.as_ref(), &[bump]];
        token::create_address(payer, address, Counter::SPACE, &crate::ID, seeds)?;
        Counter { version: LAYOUT_VERSION, bump, owner: *owner, next_number: 0, reserved: [0; 6] }
    };
    counter.take(number)?;
    let mut data = address.try_borrow_mut_data()?;
    counter.try_serialize(&mut &mut data[..])
}
