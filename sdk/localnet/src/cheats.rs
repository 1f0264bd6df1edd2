//! Calls that only a local network has: they write accounts, put programs in place without a deployment, and move the clock.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anchor_lang::prelude::Pubkey;
use serde_json::{Value, json};
use solana_rpc_client_api::request::RpcRequest;

use crate::{
    client::{Client, wait_until},
    error::{Error, Result},
};

/// The sysvar account with the chain's clock.
pub const CLOCK_SYSVAR: Pubkey = Pubkey::from_str_const("SysvarC1ock11111111111111111111111111111111");

/// How long a jump of the clock is waited for before it is asked for again.
const ASK_AGAIN: Duration = Duration::from_secs(2);

const ELF_MAGIC: &[u8] = b"\x7fELF";

/// The chain's own clock, as programs see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainClock {
    /// Current slot.
    pub slot: u64,
    /// Current epoch.
    pub epoch: u64,
    /// Current time in unix seconds.
    pub unix_timestamp: i64,
}

impl Client {
    /// Reads the chain's clock. Programs see this clock, not the wall clock.
    ///
    /// # Errors
    /// Returns an error when the network does not answer.
    pub fn clock(&self) -> Result<ChainClock> {
        let data = self.account_data(&CLOCK_SYSVAR)?;
        let word = |at: usize| -> Result<u64> {
            let bytes = data.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
            bytes
                .map(u64::from_le_bytes)
                .ok_or_else(|| Error::Account { address: CLOCK_SYSVAR, why: "too short for a clock".into() })
        };
        Ok(ChainClock { slot: word(0)?, epoch: word(16)?, unix_timestamp: word(32)?.cast_signed() })
    }

    /// Moves the chain's clock forward to `unix_timestamp` (unix seconds) and returns once the clock shows that time. The slot moves
    /// forward too. If the clock shows exactly that time already, nothing happens.
    ///
    /// Prices are old after a jump, so a test has to write new ones before the next transaction that needs them.
    ///
    /// # Errors
    /// Returns [`Error::BackInTime`] when the clock is later already, and an error when the network does not answer.
    pub fn time_travel_to(&self, unix_timestamp: i64) -> Result<ChainClock> {
        let before = self.clock()?;
        if before.unix_timestamp == unix_timestamp {
            return Ok(before);
        }
        let back = Error::BackInTime { now: before.unix_timestamp, target: unix_timestamp };
        if before.unix_timestamp > unix_timestamp {
            return Err(back);
        }
        let Some(milliseconds) = unix_timestamp.checked_mul(1_000) else { return Err(back) };
        let (mut after, mut asked) = (before, None::<Instant>);
        wait_until("the clock's jump", || {
            // The network loses a jump once in a while when it is busy, so it is asked again.
            let travelled = if asked.is_none_or(|asked| asked.elapsed() > ASK_AGAIN) {
                asked = Some(Instant::now());
                self.cheat("surfnet_timeTravel", json!([{ "absoluteTimestamp": milliseconds }]))
            } else {
                Ok(Value::Null)
            };
            after = self.clock()?;
            // A running clock may have passed the moment by itself; the request fails then.
            if after.unix_timestamp >= unix_timestamp { Ok(true) } else { travelled.map(|_| false) }
        })?;
        Ok(after)
    }

    /// Moves the chain's clock forward by at least `seconds`: transactions move it too, so that it may be there already.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::time_travel_to`].
    pub fn advance(&self, seconds: i64) -> Result<ChainClock> {
        let now = self.clock()?.unix_timestamp;
        let target = now.checked_add(seconds).ok_or(Error::BackInTime { now, target: i64::MAX })?;
        match self.time_travel_to(target) {
            Err(Error::BackInTime { now, .. }) if now >= target => self.clock(),
            moved => moved,
        }
    }

    /// Writes an account with this owner and data, and the lamports that make it rent exempt.
    ///
    /// # Errors
    /// Returns an error when the network refuses it.
    pub fn set_account(&self, address: &Pubkey, owner: &Pubkey, data: &[u8]) -> Result<()> {
        let lamports = self.rent(data.len())?;
        self.set_account_with_lamports(address, owner, data, lamports)
    }

    /// Writes an account with this owner, data and balance in lamports.
    ///
    /// # Errors
    /// Returns an error when the network refuses it.
    pub fn set_account_with_lamports(
        &self,
        address: &Pubkey,
        owner: &Pubkey,
        data: &[u8],
        lamports: u64,
    ) -> Result<()> {
        let account = json!({
            "lamports": lamports,
            "data": hex::encode(data),
            "owner": owner.to_string(),
            "executable": false,
        });
        self.cheat("surfnet_setAccount", json!([address.to_string(), account])).map(|_: Value| ())
    }

    /// Airdrops lamports to `address` and waits until they have arrived.
    ///
    /// # Errors
    /// Returns an error when the network refuses it.
    pub fn airdrop(&self, address: &Pubkey, lamports: u64) -> Result<()> {
        let before = self.lamports(address)?;
        self.rpc().request_airdrop(address, lamports).map_err(Error::rpc(format!("an airdrop to {address}")))?;
        wait_until("an airdrop", || Ok(self.lamports(address)? >= before.saturating_add(lamports)))
    }

    /// Puts the program in the ELF file at `path` at the address `program`, at once and without the loader's transactions. The result
    /// is an upgradeable program with `upgrade_authority` (the payer if `None`); a second call replaces it.
    ///
    /// # Errors
    /// Returns [`Error::File`] when the file cannot be read, and [`Error::Program`] when it is not an ELF file or the network does not
    /// make it executable.
    pub fn deploy(&self, program: &Pubkey, path: &Path, upgrade_authority: Option<&Pubkey>) -> Result<()> {
        let elf = std::fs::read(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
        self.deploy_elf(program, &elf, upgrade_authority)
    }

    /// Does the same as [`Client::deploy`] with the bytes of the ELF file.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::deploy`].
    pub fn deploy_elf(&self, program: &Pubkey, elf: &[u8], upgrade_authority: Option<&Pubkey>) -> Result<()> {
        let refused = |why: &str| Error::Program { program: *program, why: why.to_owned() };
        if !elf.starts_with(ELF_MAGIC) {
            return Err(refused("it is not an ELF file"));
        }
        let payer = solana_signer::Signer::pubkey(self.payer());
        let authority = upgrade_authority.unwrap_or(&payer);
        let params = json!([program.to_string(), hex::encode(elf), 0, authority.to_string()]);
        let _: Value = self.cheat("surfnet_writeProgram", params)?;
        match self.account(program)? {
            Some(account) if account.executable => Ok(()),
            _ => Err(refused("the network did not make it executable")),
        }
    }

    /// Returns the lamports that make an account of `bytes` bytes rent exempt.
    ///
    /// # Errors
    /// Returns an error when the network does not answer.
    pub fn rent(&self, bytes: usize) -> Result<u64> {
        self.rpc().get_minimum_balance_for_rent_exemption(bytes).map_err(Error::rpc("asking for the rent"))
    }

    fn cheat(&self, method: &'static str, params: Value) -> Result<Value> {
        self.rpc().send(RpcRequest::Custom { method }, params).map_err(Error::rpc(method))
    }
}
