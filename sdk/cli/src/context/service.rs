//! The price service that a command asks.

use crate::{args::global::Global, failure::Usage, secrets};
use anyhow::Result;
use evergreen_sdk::price::{Hermes, PythPrograms};

/// Number of the receiver's treasury account that is paid the fee of prices posted with a lookup table.
pub const TREASURY: u8 = 0;

/// The service, and the programs that its updates are for.
///
/// # Errors
/// [`Usage`] for prices that cannot be posted, and for a variable that is not set.
pub fn open(global: &Global) -> Result<(Hermes, PythPrograms)> {
    let (programs, usual) = global.prices.posting()?;
    let service = Hermes::new(global.hermes.as_deref().unwrap_or(usual))?;
    let Some(variable) = &global.hermes_token_env else { return Ok((service, programs)) };
    Ok((service.with_token(key(variable, "--hermes-token-env")?), programs))
}

/// The key that an environment variable has, which no output shows; `option` is where the variable is named.
///
/// # Errors
/// [`Usage`] for a variable that is not set.
pub fn key(variable: &str, option: &str) -> Result<String, Usage> {
    let key = std::env::var(variable).map(|key| key.trim().to_owned()).unwrap_or_default();
    if key.is_empty() {
        return Err(Usage(format!("the environment variable {variable} ({option}) has no key")));
    }
    secrets::keep(&key);
    Ok(key)
}
