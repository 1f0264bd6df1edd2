//! Movements of tokens. After each, the vault must have changed by exactly the amount that the ledgers changed by.

#![warn(missing_docs)]

mod create;
mod hook;
mod policy;
mod system;

use crate::{
    ensure,
    errors::{DisplayOption, EvergreenError},
    state::{Pool, PoolSigner},
};
use anchor_lang::{prelude::*, solana_program::program::invoke_signed};
use anchor_spl::token::Token;
use anchor_spl::token_2022::spl_token_2022::instruction::transfer_checked;
use anchor_spl::token_interface::{self, Burn, Mint, MintTo, TokenAccount, TokenInterface};
pub use create::{create_address, create_share_mint, create_vault, derive};
use evergreen_math::Native;
pub use hook::split_hook;
pub use policy::check_mint;

/// The accounts of a transfer of collateral.
pub struct Movement<'a, 'info> {
    /// Token account that sends.
    pub from: &'a mut InterfaceAccount<'info, TokenAccount>,
    /// Token account that receives.
    pub to: &'a mut InterfaceAccount<'info, TokenAccount>,
    /// Owner of `from`.
    pub authority: AccountInfo<'info>,
    /// Mint.
    pub mint: &'a InterfaceAccount<'info, Mint>,
    /// Token program of the mint.
    pub program: &'a Interface<'info, TokenInterface>,
    /// Accounts that the mint's transfer hook asks for; none for a deposit.
    pub hook: &'a [AccountInfo<'info>],
}

impl<'info> Movement<'_, 'info> {
    /// Moves tokens into a vault with the user's signature; the mint must pass the policy now.
    /// Errors: `MintRefused`, `VaultMismatch`, and the token program's.
    pub fn deposit(self, amount: Native) -> Result<()> {
        check_mint(&self.mint.to_account_info())?;
        let moved = self.transfer(amount, &[])?;
        moved.check_sent(amount)?;
        moved.check_received(amount)
    }

    /// Moves tokens out of a vault with the pool's signature. The mint policy is not checked, so that only the token
    /// program can prevent an exit. The vault must lose exactly the amount; the receiver bears a transfer fee that the issuer has set
    /// since, if they have signed. Errors: `VaultMismatch`, `FeeUnsigned`, and the token program's.
    pub fn release(self, amount: Native, signer: &PoolSigner, has_signed: bool) -> Result<()> {
        let moved = self.transfer(amount, &[&signer.seeds()])?;
        moved.check_sent(amount)?;
        if has_signed { Ok(()) } else { moved.check_unsigned(amount) }
    }

    /// Moves tokens between the vaults of a pool, where nobody signs for those whose they are: a transfer fee is not paid. Errors: `VaultMismatch`, `FeeUnsigned`, and the token program's.
    pub fn between_vaults(self, amount: Native, signer: &PoolSigner) -> Result<()> {
        let moved = self.transfer(amount, &[&signer.seeds()])?;
        moved.check_sent(amount)?;
        moved.check_unsigned(amount)
    }

    #[inline(never)]
    fn transfer(self, amount: Native, signer: &[&[&[u8]]]) -> Result<Moved> {
        ensure!(self.from.key() != self.to.key(), SameAccount);
        let before = (self.from.amount, self.to.amount);
        let mut infos = vec![
            self.from.to_account_info(),
            self.mint.to_account_info(),
            self.to.to_account_info(),
            self.authority.clone(),
        ];
        let [from, mint, to] = [self.from.key(), self.mint.key(), self.to.key()];
        let (program, authority, decimals) = (self.program.key(), self.authority.key, self.mint.decimals);
        let mut instruction = transfer_checked(&program, &from, &mint, &to, authority, &[], amount.0, decimals)?;
        hook::append(&mut instruction, &mut infos, self.hook);
        invoke_signed(&instruction, &infos, signer)?;
        self.from.reload()?;
        self.to.reload()?;
        Ok(Moved { sent: before.0.checked_sub(self.from.amount), received: self.to.amount.checked_sub(before.1) })
    }
}

/// Moves the first deposit of a pool into its main vault, which was created in the same instruction, with the signature of the owner of `from`. The mint has
/// passed the policy. Wrapped lamports may lie there already: whatever is sent to its address before it exists. Errors: `VaultMismatch`, and the token program's.
pub fn sow<'info>(
    [from, vault, mint]: [&AccountInfo<'info>; 3],
    authority: &Signer<'info>,
    program: &Interface<'info, TokenInterface>,
    (amount, decimals): (Native, u8),
) -> Result<()> {
    let before = (balance_of(from)?, balance_of(vault)?);
    let accounts = token_interface::TransferChecked {
        from: from.clone(),
        mint: mint.clone(),
        to: vault.clone(),
        authority: authority.to_account_info(),
    };
    token_interface::transfer_checked(CpiContext::new(program.key(), accounts), amount.0, decimals)?;
    let moved =
        Moved { sent: before.0.checked_sub(balance_of(from)?), received: balance_of(vault)?.checked_sub(before.1) };
    moved.check_sent(amount)?;
    moved.check_received(amount)
}

/// What a transfer did to both balances; `None` for a change in the wrong direction.
struct Moved {
    sent: Option<u64>,
    received: Option<u64>,
}

impl Moved {
    #[inline(never)]
    fn check_sent(&self, amount: Native) -> Result<()> {
        ensure!(
            self.sent == Some(amount.0),
            VaultMismatch,
            "transferred {}, sent {}",
            amount.0,
            DisplayOption(self.sent)
        );
        Ok(())
    }

    /// Checks that nothing was taken of what nobody has signed for whose it is. Errors: `FeeUnsigned`.
    #[inline(never)]
    fn check_unsigned(&self, amount: Native) -> Result<()> {
        let exact = self.received == Some(amount.0);
        ensure!(exact, FeeUnsigned, "transferred {}, received {}", amount.0, DisplayOption(self.received));
        Ok(())
    }

    #[inline(never)]
    fn check_received(&self, amount: Native) -> Result<()> {
        let exact = self.received == Some(amount.0);
        ensure!(exact, VaultMismatch, "transferred {}, received {}", amount.0, DisplayOption(self.received));
        Ok(())
    }
}

/// Mints shares with the pool's signature: the one place where any come into being.
#[inline(never)]
pub fn mint_shares<'info>(
    pool: &AccountLoader<'info, Pool>,
    mint: AccountInfo<'info>,
    to: AccountInfo<'info>,
    program: &Program<'info, Token>,
    shares: u64,
) -> Result<()> {
    let signer = pool.load()?.signer();
    token_interface::mint_to(
        CpiContext::new_with_signer(
            program.key(),
            MintTo { mint, to, authority: pool.to_account_info() },
            &[&signer.seeds()],
        ),
        shares,
    )
}

/// Returns whether this is a token account of the classic token program for a mint, which shares can be minted to.
pub fn is_account_of(account: &AccountInfo, mint: &Pubkey) -> bool {
    let Ok(data) = account.try_borrow_data() else { return false };
    *account.owner == Token::id()
        && anchor_spl::token::TokenAccount::try_deserialize(&mut &data[..]).is_ok_and(|held| held.mint == *mint)
}

/// Burns a holder's shares with their signature.
pub fn burn_shares<'info>(
    mint: &InterfaceAccount<'info, Mint>,
    from: &InterfaceAccount<'info, TokenAccount>,
    owner: &Signer<'info>,
    program: &Program<'info, Token>,
    shares: u64,
) -> Result<()> {
    token_interface::burn(
        CpiContext::new(
            program.key(),
            Burn { mint: mint.to_account_info(), from: from.to_account_info(), authority: owner.to_account_info() },
        ),
        shares,
    )
}

/// Returns the balance of a token account that the token program has written, in native units. It costs a tenth of decoding the account.
pub fn balance_of(account: &AccountInfo) -> Result<u64> {
    /// Offset of the amount, in both token programs.
    const AMOUNT: usize = 64;
    let data = account.try_borrow_data()?;
    let amount = data.get(AMOUNT..).and_then(|rest| rest.first_chunk());
    amount.map(|bytes| u64::from_le_bytes(*bytes)).ok_or_else(|| error!(EvergreenError::WrongPool))
}

/// Returns the amount, in native units, if it is not zero. Errors: `ZeroAmount`.
pub fn nonzero(amount: u64) -> Result<Native> {
    if amount == 0 { Err(error!(EvergreenError::ZeroAmount)) } else { Ok(Native(amount)) }
}
