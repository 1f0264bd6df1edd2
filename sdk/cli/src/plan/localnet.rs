//! What a running local market is asked for.

use crate::{
    args::localnet::{ClockAction, PriceAction},
    failure::Usage,
    local_market::control::Request,
};
use anyhow::Result;
use evergreen_sdk::convert::{self, Decimal};

/// What a command about the clock asks for.
pub const fn clock(action: ClockAction) -> Request {
    match action {
        ClockAction::Show => Request::Show,
        ClockAction::Pause => Request::Pause,
        ClockAction::Resume => Request::Resume,
    }
}

/// What a command about prices asks for.
///
/// # Errors
/// [`Usage`] for what is no price.
pub fn prices(action: PriceAction) -> Result<Request> {
    Ok(match action {
        PriceAction::Show => Request::Show,
        PriceAction::Set { underlying, dollars } => Request::Set(underlying, price(dollars)?),
        PriceAction::Follow { underlying } => Request::Follow(underlying),
    })
}

/// Hundred-millionths of a dollar.
fn price(dollars: Decimal) -> Result<i64> {
    let native = convert::native(dollars, 8).ok().and_then(|native| i64::try_from(native).ok());
    let native = native.filter(|native| *native > 0);
    native.ok_or_else(|| Usage(format!("{dollars} is no price: dollars above 0 with at most 8 places")).into())
}
