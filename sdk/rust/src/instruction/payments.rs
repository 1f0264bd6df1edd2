//! What instructions take from a wallet.

use super::name;
use anchor_lang::solana_program::instruction::Instruction;

/// Returns the native units of the collateral that an instruction takes from the wallet of the one who signs it; `None` for instructions
/// that take none.
pub fn pays(instruction: &Instruction) -> Option<u64> {
    // The first eight bytes name the instruction; its arguments follow.
    let place = match name(instruction)? {
        "DepositMargin" => 8,
        // The request's number and its class come first.
        "RequestDeposit" => 17,
        // The terms of the pool: creator, number, scale, privacy, then the first deposit.
        "CreatePool" => 44,
        _ => return None,
    };
    let bytes = instruction.data.get(place..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*bytes)).filter(|amount| *amount > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruction::{self as build, PoolKeys};
    use anchor_lang::prelude::Pubkey;
    use evergreen::state::ShareClass;

    #[test]
    fn what_a_wallet_pays_is_read_from_the_instruction() {
        let (mint, me) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]));
        let keys = PoolKeys::new(mint, anchor_spl::token::ID);
        assert_eq!(pays(&build::deposit_margin(me, &keys, me, 7)), Some(7));
        for class in [ShareClass::Main, ShareClass::Insurance] {
            assert_eq!(pays(&build::request_deposit(me, &keys, class, 3, 9, 1)), Some(9));
        }
        assert_eq!(pays(&build::withdraw_margin(me, &keys, me, 5, &[])), None);
        assert_eq!(pays(&anchor_lang::solana_program::system_instruction::transfer(&me, &mint, 5)), None);
    }
}
