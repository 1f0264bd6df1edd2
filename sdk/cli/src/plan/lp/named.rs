//! A deposit into a private pool, which depositor and curator sign on machines of their own.

use crate::{
    amount::above_zero,
    args::lp::{Class, Deposit, Name},
    context::{Context, PoolContext, sought::Sign},
    failure::{Precluded, Usage, advised},
};
use anyhow::{Context as _, Result};
use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::cosign::{self, CosignError, NamedDeposit},
    evergreen::state::{Pool, ShareClass},
};

/// A deposit that is to be signed for a curator.
pub struct Offered {
    /// The pool.
    pub pool: PoolContext,
    /// What is signed.
    pub deposit: NamedDeposit,
    /// Shares that it comes to at the prices of now, native units.
    pub shares: u64,
    /// What opens the depositor's nonce account, where there is none.
    pub opens: Option<Vec<Instruction>>,
    /// Rent of that, lamports.
    pub rent: u64,
}

/// A deposit that somebody has signed.
pub struct Named {
    /// The pool.
    pub pool: PoolContext,
    /// What it is.
    pub deposit: NamedDeposit,
    /// Address of its request.
    pub request: Pubkey,
    /// The text of the file.
    pub text: String,
}

/// The deposit that a depositor signs for the curator of a private pool.
///
/// # Errors
/// [`Usage`] for a pool that needs no curator; what the program would refuse; failures of the network.
pub async fn offer(context: &Context, args: &Deposit, me: Pubkey) -> Result<Offered> {
    let pool = context.pool_for(args.which.pool.as_deref(), &[Sign::Token(me), Sign::Shares(me)]).await?;
    let state = &pool.view.pool;
    if state.flags & Pool::PRIVATE == 0 || state.curator == me {
        let words = "--offer is for the private pool of somebody else: this deposit needs no second signature, so leave it away";
        return Err(Usage(words.into()).into());
    }
    let amount = above_zero(pool.native(args.amount)?, "the amount")?;
    let class = args.which.class.share_class();
    let shares = pool.view.deposit(class, amount)?.shares;
    let id = context.client.next_number(&me).await?;
    let deposit = NamedDeposit {
        depositor: me,
        curator: state.curator,
        pool: pool.keys().pool,
        class,
        id,
        amount,
        // One per cent, as of any deposit.
        min_shares: shares - shares.div_ceil(100),
    };
    let (opens, rent) = match context.client.nonce_of(&me).await? {
        Some(_) => (None, 0),
        None => {
            let rent = context.client.nonce_rent().await?;
            (Some(cosign::open_nonce(me, rent).to_vec()), rent)
        }
    };
    Ok(Offered { pool, deposit, shares, opens, rent })
}

/// Reads what a depositor has signed, and checks that it is a deposit into the keypair's own pool and nothing more.
///
/// # Errors
/// A file that is none, another curator, a deposit that is void; failures of the network.
pub async fn named(context: &Context, args: &Name, me: Pubkey) -> Result<Named> {
    let text = std::fs::read_to_string(&args.file).with_context(|| format!("reading {}", args.file.display()))?;
    let refused = |error: CosignError| {
        let message = format!("{}: {error}", args.file.display());
        advised(message, "nothing was signed; ask the depositor for what evergreen lp deposit --offer has written")
    };
    let (deposit, transaction) = NamedDeposit::of(&text).map_err(refused)?;
    let pool = context.pool(&deposit.pool.to_string()).await?;
    deposit.check(pool.keys(), &transaction).map_err(refused)?;
    let state = &pool.view.pool;
    if state.curator != me || deposit.curator != me {
        return Err(refused(CosignError::OtherCurator(state.curator)));
    }
    let request = address::request(&deposit.pool, deposit.class, &deposit.depositor, deposit.id);
    Ok(Named { pool, deposit, request, text })
}

impl Named {
    /// Whether the depositor has used the deposit's number, or changed the nonce, so that it cannot happen any more.
    ///
    /// # Errors
    /// [`Precluded`]; failures of the network.
    pub async fn check_open(&self, context: &Context) -> Result<()> {
        let next = context.client.next_number(&self.deposit.depositor).await?;
        if next == self.deposit.id {
            return Ok(());
        }
        let message =
            format!("the deposit takes the number {}, and its depositor's next one is {next}", self.deposit.id);
        let next = "it was done, or the depositor has done something else since, which voids it: `evergreen lp show --owner` tells; ask for a new one";
        Err(Precluded::by("WrongNumber", message, next.into()).into())
    }
}

/// The class of a deposit as the command names it.
pub const fn class_of(deposit: &NamedDeposit) -> Class {
    match deposit.class {
        ShareClass::Main => Class::Main,
        ShareClass::Insurance => Class::Insurance,
    }
}
