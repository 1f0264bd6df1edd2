//! The price service that a command asks.

use crate::{args::global::Global, secrets};
use anyhow::Result;
use evergreen_sdk::price::{Hermes, PythPrograms};

/// Number of the receiver's treasury account that is paid the fee of prices posted with a lookup table.
pub const TREASURY: u8 = 0;

/// The service, and the programs that its updates are for.
///
/// # Errors
/// [`Usage`](crate::failure::Usage) for prices that cannot be posted, and for a variable that is not set.
pub fn open(global: &Global) -> Result<(Hermes, PythPrograms)> {
    let (programs, usual) = global.prices.posting()?;
    let service = Hermes::new(global.hermes.as_deref().unwrap_or(usual))?;
    let Some(variable) = &global.hermes_token_env else { return Ok((service, programs)) };
    Ok((service.with_token(secrets::of_variable(variable, "--hermes-token-env")?), programs))
}
