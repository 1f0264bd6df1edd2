//! Accounts of a transfer hook: a program that the issuer names in the mint, and that the token program calls after each transfer.
//!
//! No mint with such a program is accepted, but an issuer can name one later. Exits pass what it asks for, so that it is no
//! wall. It can refuse a transfer, and nothing else:
//!
//! * The ledgers have changed before it is called, and the runtime refuses a call back into this program or the token program.
//! * It gets no signature: neither the pool's (the token program takes it away) nor that of anybody who signed the transaction.
//! * It cannot write to accounts of this program, and so cannot have another program write to them.

use super::policy::hook_program;
use anchor_lang::{prelude::*, solana_program::instruction::Instruction};

/// Appends the accounts that a hook asks for to a transfer: without signatures, and those of this program read-only.
pub(super) fn append<'info>(
    transfer: &mut Instruction,
    infos: &mut Vec<AccountInfo<'info>>,
    accounts: &[AccountInfo<'info>],
) {
    for account in accounts {
        let is_writable = account.is_writable && *account.owner != crate::ID;
        transfer.accounts.push(AccountMeta { pubkey: *account.key, is_signer: false, is_writable });
        infos.push(account.clone());
    }
}

/// Splits remaining accounts into pairs of (underlying, price) and those for the hook of the mint, which begin with its program. Without
/// a hook all of them are pairs.
pub fn split_hook<'info>(
    mint: &AccountInfo,
    accounts: &'info [AccountInfo<'info>],
) -> (&'info [AccountInfo<'info>], &'info [AccountInfo<'info>]) {
    let parts = hook_program(mint).and_then(|program| {
        let pairs = accounts.iter().position(|account| *account.key == program)?;
        accounts.split_at_checked(pairs)
    });
    parts.unwrap_or((accounts, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_spl::token_2022::spl_token_2022::{
        extension::{BaseStateWithExtensionsMut, ExtensionType, StateWithExtensionsMut, transfer_hook::TransferHook},
        state::Mint,
    };

    const OTHER: Pubkey = Pubkey::new_from_array([9; 32]);

    /// Returns the bytes of a mint with a transfer hook, which names this program.
    fn mint(program: Option<Pubkey>) -> Vec<u8> {
        let kinds = [ExtensionType::TransferHook];
        let mut data = vec![0; ExtensionType::try_calculate_account_len::<Mint>(&kinds).unwrap()];
        let mut state = StateWithExtensionsMut::<Mint>::unpack_uninitialized(&mut data).unwrap();
        state.init_extension::<TransferHook>(true).unwrap().program_id = program.try_into().unwrap();
        state.base.is_initialized = true;
        state.pack_base();
        state.init_account_type().unwrap();
        data
    }

    /// Runs `check` on five accounts, which sign and can be written: the first two and the fourth belong to this program.
    fn with_accounts(check: impl FnOnce(&'static [AccountInfo<'static>])) {
        let accounts = [crate::ID, crate::ID, OTHER, crate::ID, OTHER].map(|owner| {
            let key: &'static Pubkey = Box::leak(Box::new(Pubkey::new_unique()));
            let owner: &'static Pubkey = Box::leak(Box::new(owner));
            let lamports: &'static mut u64 = Box::leak(Box::new(1));
            AccountInfo::new(key, true, true, lamports, &mut [], owner, false)
        });
        check(Box::leak(Box::new(accounts)));
    }

    #[test]
    fn a_hook_gets_no_signature_and_writes_to_no_account_of_this_program() {
        with_accounts(|accounts| {
            let first = AccountMeta::new(OTHER, true);
            let mut transfer = Instruction { program_id: OTHER, accounts: vec![first.clone()], data: Vec::new() };
            let mut infos = Vec::new();
            append(&mut transfer, &mut infos, accounts);
            assert_eq!((transfer.accounts.len(), infos.len()), (6, 5));
            assert_eq!(transfer.accounts[0], first);
            for (meta, account) in transfer.accounts[1..].iter().zip(accounts) {
                let expected =
                    AccountMeta { pubkey: *account.key, is_signer: false, is_writable: *account.owner != crate::ID };
                assert_eq!(*meta, expected);
            }
        });
    }

    #[test]
    fn the_hooks_program_begins_what_follows_the_pairs() {
        with_accounts(|accounts| {
            let named = *accounts[2].key;
            for (program, pairs) in [(None, 5), (Some(named), 2), (Some(OTHER), 5)] {
                let (mut data, mut lamports) = (mint(program), 1);
                let key = Pubkey::new_unique();
                let owner = anchor_spl::token_2022::ID;
                let mint = AccountInfo::new(&key, false, false, &mut lamports, &mut data, &owner, false);
                assert_eq!(hook_program(&mint), program);
                let (markets, extra) = split_hook(&mint, accounts);
                assert_eq!((markets.len(), extra.len()), (pairs, 5 - pairs));
                // Pairs alone stay pairs, and so does nothing.
                for count in [0, 2] {
                    let (markets, extra) = split_hook(&mint, &accounts[..count]);
                    assert_eq!((markets.len(), extra.len()), (count, 0));
                }
            }
        });
    }
}
