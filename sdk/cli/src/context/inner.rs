//! Shares of one pool as the collateral of another.

use super::Context;
use crate::{
    amount::{Amount, number},
    market::NamedPool,
};
use anchor_spl::token_2022::spl_token_2022::{extension::StateWithExtensions, state::Mint};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    convert::Decimal,
    evergreen::state::{Pool, ShareClass},
    instruction::PoolKeys,
    math::Ratio,
};

/// The pool whose shares the collateral of another one is.
#[derive(Clone, Debug)]
pub struct Inner {
    /// Its name for people.
    pub name: String,
    /// The class of the shares.
    pub class: ShareClass,
    /// Native units of its collateral that a native unit of shares is worth, as a withdrawal is paid.
    pub share_price: Ratio,
    /// Decimals of its collateral, which are those of its shares, too.
    pub decimals: u8,
    /// Dollars that one token of its collateral is worth, where that is known.
    pub token_price: Option<Decimal>,
}

impl Inner {
    /// Tokens that a whole share is worth.
    pub fn tokens(&self) -> Option<Decimal> {
        number(self.share_price).ok()
    }

    /// Dollars that a whole share is worth.
    pub fn dollars(&self) -> Option<Decimal> {
        self.tokens()?.checked_mul(self.token_price?).filter(|price| *price > Decimal::ZERO)
    }

    /// What native units of shares are worth in its collateral, rounded toward zero.
    pub fn worth(&self, shares: i64) -> Option<Amount> {
        const HALF: i128 = 1 << 32;
        let (size, price) = (i128::from(shares.unsigned_abs()), self.share_price.to_bits());
        let (high, low) = (size.checked_mul(price / HALF)?, size.checked_mul(price % HALF)?);
        let worth = i64::try_from(high.checked_add(low / HALF)? / HALF).ok()?;
        Some(Amount::new(worth * shares.signum(), self.decimals, self.token_price, &self.name))
    }
}

impl Context {
    /// The pool whose shares a mint is, with what they are worth; `None` for any other mint, and where that cannot be told now.
    pub(super) async fn inner(&self, mint: &Pubkey) -> Option<Inner> {
        self.find_inner(mint).await.ok().flatten()
    }

    async fn find_inner(&self, mint: &Pubkey) -> Result<Option<Inner>> {
        let Some(raw) = self.raw(*mint).await? else { return Ok(None) };
        let authority =
            StateWithExtensions::<Mint>::unpack(&raw.data).ok().and_then(|state| state.base.mint_authority.into());
        // Pools sign for their shares, and nobody else can make one that does.
        let Some(key): Option<Pubkey> = authority else { return Ok(None) };
        let Some(pool) = self.raw(key).await?.and_then(|raw| raw.decode::<Pool>(&key).ok()) else { return Ok(None) };
        let class =
            [ShareClass::Main, ShareClass::Insurance].into_iter().find(|class| pool.share_mint(*class) == *mint);
        let Some(class) = class else { return Ok(None) };
        let view = self.client.pool_view(PoolKeys::of(&pool), self.source()).await?.value;
        let Some(share_price) = view.net_asset_value(class)?.share_price_lower() else { return Ok(None) };
        let name = self.name(&key, &pool).await?.unwrap_or_else(|| key.to_string());
        let token_price = self.market.named(&key).and_then(NamedPool::price);
        Ok(Some(Inner { name, class, share_price, decimals: pool.decimals, token_price }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_worth_their_part_rounded_toward_zero() {
        let inner = Inner {
            name: "CRCLx".into(),
            class: ShareClass::Main,
            share_price: Ratio::from_int(1).div_int(1_000).unwrap(),
            decimals: 8,
            token_price: Some(Decimal::from(120)),
        };
        assert_eq!(inner.tokens().unwrap().round_dp(9).to_string(), "0.001000000");
        assert_eq!(inner.dollars().unwrap().round_dp(6).normalize().to_string(), "0.12");
        // A million shares of a thousandth each.
        let worth = inner.worth(100_000_000_000_000).unwrap();
        assert!((99_999_999_999..=100_000_000_000).contains(&worth.native), "{worth}");
        assert_eq!(inner.worth(-1_999).map(|worth| worth.native), Some(-1));
        assert_eq!(inner.worth(0).map(|worth| worth.native), Some(0));
    }
}
