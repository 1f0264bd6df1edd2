//! Builders of the instructions of administration and governance.

use super::Instruction;
use crate::{keys::PoolName, problem::Answer};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    evergreen::state::{Action, Change, PoolCaps, PoolParams, Roles, UnderlyingConfig},
    instruction::{self as build, ChangeAccounts, PoolKeys},
};

record! {
    /// Begins the protocol.
    InitializeProtocol {
        /// Who pays rent.
        payer: Pubkey,
        /// The program's upgrade authority.
        authority: Pubkey,
        /// Who has which role.
        roles: Roles,
    }

    /// Creates an underlying.
    CreateUnderlying {
        /// Who pays rent.
        payer: Pubkey,
        /// The protocol's admin.
        admin: Pubkey,
        /// Account with the price of now.
        price: Pubkey,
        /// What it is.
        config: UnderlyingConfig,
    }

    /// Creates a pool.
    CreatePool {
        /// Which pool: without a creator it is one of the protocol, which the admin signs; otherwise its creator signs, who becomes its curator.
        pool: PoolName,
        /// Who pays rent.
        payer: Pubkey,
        /// The protocol's admin, for a pool of the protocol.
        admin: Option<Pubkey>,
        /// One point pays 10^−e native units a dollar.
        scale_exponent: u8,
        /// Whether only whom the curator names deposits.
        private: bool,
        /// First deposit of a pool of somebody else, native units.
        seed: u64,
        /// Parameters.
        params: PoolParams,
        /// Addresses of its underlyings.
        underlyings: Vec<Pubkey>,
    }

    /// Pauses an action, or ends its pause.
    SetPause {
        /// The protocol's guardian.
        guardian: Pubkey,
        /// What.
        action: Action,
        /// For how many seconds; zero ends it.
        seconds: u32,
    }

    /// Pays fees out.
    CollectFees {
        /// Which pool.
        pool: PoolName,
        /// The token account that is paid.
        to: Pubkey,
    }

    /// Accounts of a change.
    ChangeTarget {
        /// What counts its proposals: the protocol where it is left out, or a curated pool.
        queue: Option<Pubkey>,
        /// What is changed: protocol, pool or underlying.
        target: Pubkey,
        /// Other accounts that it needs: underlyings of a pool, the price account of an underlying.
        others: Vec<Pubkey>,
    }

    /// Proposes a change.
    Propose {
        /// Who pays rent.
        payer: Pubkey,
        /// Admin or curator.
        proposer: Pubkey,
        /// The queue's next number.
        number: u64,
        /// The change.
        change: Change,
        /// Its accounts.
        accounts: ChangeTarget,
    }

    /// Executes a proposal whose time has come.
    ExecuteProposal {
        /// Its number.
        number: u64,
        /// Who has paid its rent.
        payer: Pubkey,
        /// Its accounts.
        accounts: ChangeTarget,
    }

    /// Cancels a proposal.
    CancelProposal {
        /// What counts it: the protocol where it is left out, or a curated pool.
        queue: Option<Pubkey>,
        /// Guardian, admin or curator.
        by: Pubkey,
        /// Its number.
        number: u64,
        /// Who has paid its rent.
        payer: Pubkey,
    }

    /// Takes the role of admin.
    AcceptAdmin {
        /// The admin to be.
        admin: Pubkey,
    }

    /// Names a pool, and who acts on it.
    ByOfPool {
        /// Who signs: guardian or curator; the curator to be, for `acceptCurator`.
        by: Pubkey,
        /// Address of the pool.
        pool: Pubkey,
    }

    /// Lowers caps of a pool.
    TightenPool {
        /// Guardian or curator.
        by: Pubkey,
        /// Address of the pool.
        pool: Pubkey,
        /// The caps.
        caps: PoolCaps,
    }
}

impl ChangeTarget {
    fn accounts(&self) -> ChangeAccounts {
        let queue = self.queue.unwrap_or_else(address::protocol);
        ChangeAccounts { queue, target: self.target, others: self.others.clone() }
    }
}

pub fn initialize_protocol(ask: &InitializeProtocol) -> Answer<Instruction> {
    Ok(build::initialize_protocol(ask.payer, ask.authority, ask.roles).into())
}

pub fn create_underlying(ask: &CreateUnderlying) -> Answer<Instruction> {
    Ok(build::create_underlying(ask.payer, ask.admin, ask.price, ask.config.clone()).into())
}

pub fn create_pool(ask: &CreatePool) -> Answer<Instruction> {
    let keys = PoolKeys::from(&ask.pool);
    let CreatePool { payer, scale_exponent, private, seed, params, .. } = *ask;
    Ok(match (ask.admin, keys.creator == Pubkey::default()) {
        (Some(admin), true) if !private && seed == 0 => {
            build::create_pool(payer, admin, &keys, scale_exponent, params, &ask.underlyings)
        }
        (Some(_), true) => return Err("a pool of the protocol is not private and has no seed".to_owned().into()),
        (None, false) => {
            build::create_curated_pool(payer, &keys, scale_exponent, (private, seed), params, &ask.underlyings)
        }
        _ => return Err("a pool has either an admin or a creator".to_owned().into()),
    }
    .into())
}

pub fn set_pause(ask: &SetPause) -> Answer<Instruction> {
    Ok(build::set_pause(ask.guardian, ask.action, ask.seconds).into())
}

pub fn collect_fees(ask: &CollectFees) -> Answer<Instruction> {
    Ok(build::collect_fees(&PoolKeys::from(&ask.pool), ask.to).into())
}

pub fn collect_curator_fees(ask: &CollectFees) -> Answer<Instruction> {
    Ok(build::collect_curator_fees(&PoolKeys::from(&ask.pool), ask.to).into())
}

pub fn propose(ask: &Propose) -> Answer<Instruction> {
    Ok(build::propose(ask.payer, ask.proposer, ask.number, ask.change, &ask.accounts.accounts()).into())
}

pub fn execute_proposal(ask: &ExecuteProposal) -> Answer<Instruction> {
    Ok(build::execute_proposal(ask.number, ask.payer, &ask.accounts.accounts()).into())
}

pub fn cancel_proposal(ask: &CancelProposal) -> Answer<Instruction> {
    let queue = ask.queue.unwrap_or_else(address::protocol);
    Ok(build::cancel_proposal_in(&queue, ask.by, ask.number, ask.payer).into())
}

pub fn accept_admin(ask: &AcceptAdmin) -> Answer<Instruction> {
    Ok(build::accept_admin(ask.admin).into())
}

pub fn accept_curator(ask: &ByOfPool) -> Answer<Instruction> {
    Ok(build::accept_curator(ask.by, ask.pool).into())
}

pub fn announce_buyback(ask: &ByOfPool) -> Answer<Instruction> {
    Ok(build::announce_buyback(ask.by, ask.pool).into())
}

pub fn tighten_pool(ask: &TightenPool) -> Answer<Instruction> {
    Ok(build::tighten_pool(ask.by, ask.pool, ask.caps).into())
}

pub fn halt_pool(ask: &ByOfPool) -> Answer<Instruction> {
    Ok(build::halt_pool(ask.by, ask.pool).into())
}
