//! What shares of a class are worth, for instance those that are margin in a pool whose collateral they are.

use super::{PoolView, Result};
use crate::convert::{self, ConvertError, Decimal};
use evergreen::state::ShareClass;
use evergreen_math::{NativeDelta, shares};

/// What shares are worth in tokens of their pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharesWorth {
    /// The shares, in their smallest unit.
    pub shares: u64,
    /// What a withdrawal would pay for them at the view's prices, native units of their pool's collateral, rounded down; zero where the class is worth nothing.
    pub native: u64,
    /// Decimals of that collateral.
    pub decimals: u8,
}

impl SharesWorth {
    /// Returns the worth in whole tokens. It is for display.
    pub fn tokens(&self) -> Decimal {
        convert::tokens(self.native, self.decimals)
    }

    /// Returns the worth in dollars where a token of the pool is worth `token_price` of them. It is for display.
    ///
    /// # Errors
    /// [`ConvertError`] for a number that does not fit.
    pub fn dollars(&self, token_price: Decimal) -> core::result::Result<Decimal, ConvertError> {
        let native = i64::try_from(self.native).map_err(|_| ConvertError::Overflow)?;
        convert::worth(native, token_price, self.decimals)
    }
}

impl PoolView {
    /// Returns what shares of a class of the present generation are worth: the lower bound of net asset value, without cooldown, free cash or the limit of a day.
    ///
    /// ```
    /// use evergreen_sdk::{evergreen::state::ShareClass, testing::scene::Scene};
    ///
    /// let view = Scene::new(1, 0)?.view;
    /// let worth = view.worth_of_shares(ShareClass::Main, 1_000_000_000_000)?;
    /// println!("{} tokens, {} dollars", worth.tokens(), worth.dollars("312.5".parse()?)?);
    /// assert_eq!(worth.native, view.withdrawal(ShareClass::Main, worth.shares)?.worth);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) where an underlying with open interest has no fresh price, and for more shares than there are.
    pub fn worth_of_shares(&self, class: ShareClass, shares: u64) -> Result<SharesWorth> {
        let value = self.net_asset_value(class)?;
        let native = if value.lower > 0 {
            shares::amount_for_shares(shares, value.shares, NativeDelta(value.lower))?.0
        } else {
            0
        };
        Ok(SharesWorth { shares, native, decimals: self.pool.decimals })
    }
}
