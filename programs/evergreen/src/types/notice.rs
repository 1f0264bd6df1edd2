//! Notices: when positions of a series can be closed against their owners' will, and why.

use super::PoolParams;
use anchor_lang::prelude::*;

/// Why positions of a series are closed against their owners' will after a notice.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum NoticeCause {
    /// Others want its slot, and it pays too little for that.
    Slot,
    /// Others want the capital that it reserves, and it pays too little for that.
    Capital,
    /// More of it is written than bought.
    Excess,
    /// The pool is wound down, and its curator has announced that it buys back what is left ([`Pool::announce_buyback`](crate::state::Pool::announce_buyback)).
    Buyback,
}

/// The notices of the series in a slot, by cause: unix seconds at which each was given, zero where none was.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Notices {
    /// It is the notice that the series has to give way to others who want its slot.
    pub slot: u32,
    /// It is the notice that it has to give way to others who want the capital that it reserves.
    pub capital: u32,
    /// It is the notice that more of the series is written than bought.
    pub excess: u32,
}

const _: () = assert!(size_of::<Notices>() == 12);

impl Notices {
    /// Seconds from a notice to its moment: holders can leave meanwhile, pay the rent, or buy what is written too much, and nobody knows the
    /// price of the moment. It is as long as nobody is closed after a pause.
    pub const PERIOD: i64 = 600;
    /// Seconds for which positions can be closed after a commitment from before the moment is over: time to post its prices and to
    /// send a transaction for each account.
    const SPARE: i64 = 17;

    /// Seconds after the moment until which positions can be closed at its price: as long as a commitment from before the moment can be filled,
    /// and some more; with the presets 30. Whoever closes chooses only whether to, within so many seconds.
    pub fn window(params: &PoolParams) -> i64 {
        i64::from(params.fill_delay).saturating_add(params.fill_window.into()).saturating_add(Self::SPARE)
    }

    /// Returns the unix seconds at which notice was given for this cause; zero where none was, or where it is the pool's.
    pub const fn given_at(&self, cause: NoticeCause) -> u32 {
        match cause {
            NoticeCause::Slot => self.slot,
            NoticeCause::Capital => self.capital,
            NoticeCause::Excess => self.excess,
            NoticeCause::Buyback => 0,
        }
    }

    /// Stores a notice that is given at these unix seconds; that of a buy-back is the pool's. Errors: `Overflow`.
    pub fn give(&mut self, cause: NoticeCause, now: i64) -> Result<()> {
        let given = u32::try_from(now).map_err(crate::errors::too_large)?;
        match cause {
            NoticeCause::Slot => self.slot = given,
            NoticeCause::Capital => self.capital = given,
            NoticeCause::Excess => self.excess = given,
            NoticeCause::Buyback => {}
        }
        Ok(())
    }

    /// Returns the moment of the notice, unix seconds, unless none was given or it is void at `now`.
    pub fn moment(&self, cause: NoticeCause, now: i64, params: &PoolParams) -> Option<i64> {
        let given = i64::from(self.given_at(cause));
        let moment = given.saturating_add(Self::PERIOD);
        (given != 0 && now <= moment.saturating_add(Self::window(params))).then_some(moment)
    }
}
