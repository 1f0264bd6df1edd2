//! What admin, guardian and curators send, and what only looks like it.

use super::{Caller, Row};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    accounts, address,
    evergreen::state::{Action, Change, PoolCaps, PoolParams, Proposal, Roles, UnderlyingParams},
    instruction::{self as build, ChangeAccounts},
};
use evergreen_tests::{Setup, chain::actor};

pub(super) const CALLS: &[Row] = &[
    ("propose", 2, |c| c.propose()),
    ("step-proposal", 3, |c| c.step_proposal()),
    ("cancel-proposal", 1, |c| c.cancel_proposal()),
    ("accept-admin", 1, |c| c.accept_admin()),
    ("accept-curator", 1, |c| c.accept_curator()),
    ("tighten", 1, |c| c.tighten()),
    ("halt", 1, |c| c.halt()),
    ("pause", 2, |c| c.pause()),
    ("buyback", 1, |c| c.buyback()),
    ("initialize", 1, |c| c.initialize()),
    ("create-underlying", 1, |c| c.create_underlying()),
    ("create-pool", 1, |c| c.create_pool()),
];

const ACTIONS: [Action; 9] = [
    Action::AddRisk,
    Action::ReduceRisk,
    Action::DepositMargin,
    Action::WithdrawMargin,
    Action::DepositLiquidity,
    Action::WithdrawLiquidity,
    Action::Liquidate,
    Action::Settle,
    Action::List,
];

impl Caller<'_> {
    fn one_of_protocol(&mut self, role: fn(&evergreen_sdk::evergreen::state::Protocol) -> Pubkey) -> Pubkey {
        let right = role(&self.world.protocol());
        self.signer(right)
    }

    fn pool_params(&mut self) -> PoolParams {
        let mut params = self.view.pool.params;
        let bps = self.draws.below(10_001) as u16;
        match self.draws.below(12) {
            0 => params.fee_open_bps = bps % 50,
            1 => params.carry_bps = bps,
            2 => params.reserve_limit_bps = bps,
            // Below a fifth a day, those who leave last wait for months.
            3 => params.daily_outflow_bps = bps.max(2_000),
            4 => params.penalty_bps = bps % 1_000,
            5 => params.growth_limit_bps = bps,
            6 => params.direction_limit_bps[0] = bps,
            7 => params.main_cooldown = u32::from(bps) * 60,
            8 => params.fill_tip = self.draws.amount(10_000),
            9 => params.max_account_points = self.draws.amount(params.max_account_points),
            10 => params.vol_stress_bps = bps,
            _ => params.min_account_points = self.draws.amount(params.min_account_points),
        }
        params
    }

    fn underlying_params(&mut self, market: usize) -> UnderlyingParams {
        let mut params = self.world.underlying(market).params;
        let bps = self.draws.below(10_001) as u16;
        match self.draws.below(6) {
            0 => params.max_conf_bps = bps % 200,
            1 => params.spread_conf_bps = bps,
            2 => params.shock_maintenance_bps = bps,
            3 => params.vol_multiplier_bps = 10_000 + bps % 2_000,
            4 => params.strike_step = self.draws.amount(u64::from(params.strike_step)) as u32,
            _ => params.max_age = self.draws.amount(u64::from(params.max_age)) as u32,
        }
        params
    }

    fn propose(&mut self) -> Option<Vec<Instruction>> {
        let (proposer, id) = (self.one_of_protocol(|p| p.admin), self.world.protocol().next_proposal);
        let id = self.number(id);
        let (change, changed) = match self.draws.below(10) {
            0..=1 => (Change::PoolParams(self.pool_params()), self.world.of_pool(self.pool)),
            2 => {
                let market = self.draws.below(2) as usize;
                (Change::UnderlyingParams(self.underlying_params(market)), self.world.of_market(market))
            }
            3 => (Change::ResumePool, self.world.of_pool(self.pool)),
            4 => (Change::Admin(*self.draws.pick(&[actor("admin"), actor("heir")])?), ChangeAccounts::protocol()),
            5 => (Change::FeeOwner(actor("fees")), ChangeAccounts::protocol()),
            6 => (Change::Timelock(self.draws.amount(7 * 86_400) as u32), ChangeAccounts::protocol()),
            7 => (Change::Guardian(actor("guardian")), ChangeAccounts::protocol()),
            // A curator proposes in the queue of the pool.
            _ => return self.propose_as_curator(),
        };
        Some(vec![build::propose(self.payer(), proposer, id, change, &changed)])
    }

    fn propose_as_curator(&mut self) -> Option<Vec<Instruction>> {
        let curated = (0..self.world.pools.len()).filter(|pool| self.world.view(*pool).pool.is_curated());
        let curated: Vec<usize> = curated.collect();
        let pool = *self.draws.pick(&curated)?;
        (self.pool, self.keys, self.view) = (pool, self.world.pools[pool], self.world.view(pool));
        let curator = self.view.pool.curator_of(&self.world.protocol());
        let (proposer, id) = (self.signer(curator), self.number(self.view.pool.next_proposal));
        let changed = self.world.of_curated(self.pool);
        let bare = ChangeAccounts { others: Vec::new(), ..changed.clone() };
        let (change, changed) = match self.draws.below(4) {
            0..=1 => (Change::PoolParams(self.pool_params()), changed),
            2 => (Change::Curator(*self.draws.pick(&[actor("curator"), actor("dora")])?), bare),
            _ => (Change::ResumePool, bare),
        };
        Some(vec![build::propose(self.payer(), proposer, id, change, &changed)])
    }

    /// All proposals, with the accounts that they name.
    fn proposals(&self) -> Vec<(Proposal, ChangeAccounts)> {
        let own = self.world.chain.owned_by(&address::PROGRAM);
        let all = own.values().filter_map(|account| accounts::proposal(&account.data).ok());
        all.map(|proposal| {
            let protocol = proposal.queue == address::protocol();
            let pool = self.world.pools.iter().position(|keys| keys.pool == proposal.target);
            let market = self.world.feeds.iter().position(|feed| feed.accounts.underlying == proposal.target);
            let changed = match (pool, market) {
                (Some(pool), _) if protocol => self.world.of_pool(pool),
                (Some(pool), _) => {
                    let of = self.world.of_curated(pool);
                    if matches!(proposal.change, Change::PoolParams(_)) {
                        of
                    } else {
                        ChangeAccounts { others: Vec::new(), ..of }
                    }
                }
                (None, Some(market)) => self.world.of_market(market),
                (None, None) => ChangeAccounts::protocol(),
            };
            (*proposal, changed)
        })
        .collect()
    }

    fn step_proposal(&mut self) -> Option<Vec<Instruction>> {
        let all = self.proposals();
        let (proposal, changed) = self.draws.pick(&all)?;
        Some(vec![build::execute_proposal(proposal.id, proposal.payer, changed)])
    }

    fn cancel_proposal(&mut self) -> Option<Vec<Instruction>> {
        let all = self.proposals();
        let (proposal, changed) = self.draws.pick(&all)?;
        let by = if self.draws.percent(50) { proposal.proposer } else { self.one_of_protocol(|p| p.guardian) };
        Some(vec![build::cancel_proposal_in(&changed.queue, by, proposal.id, proposal.payer)])
    }

    fn accept_admin(&mut self) -> Option<Vec<Instruction>> {
        Some(vec![build::accept_admin(self.one_of_protocol(|p| p.pending_admin))])
    }

    fn accept_curator(&mut self) -> Option<Vec<Instruction>> {
        let heir = self.view.pool.pending_curator;
        Some(vec![build::accept_curator(self.signer(heir), self.keys.pool)])
    }

    /// The guardian, the admin or the curator.
    fn guard(&mut self) -> Pubkey {
        if self.view.pool.is_curated() && self.draws.percent(60) {
            let curator = self.view.pool.curator_of(&self.world.protocol());
            return self.signer(curator);
        }
        self.one_of_protocol(|p| p.guardian)
    }

    fn tighten(&mut self) -> Option<Vec<Instruction>> {
        let params = self.view.pool.params;
        let mut caps = PoolCaps {
            max_series_points: params.max_series_points,
            max_account_points: params.max_account_points,
            max_pool_cash: params.max_pool_cash,
        };
        match self.draws.below(3) {
            0 => caps.max_series_points = self.draws.amount(caps.max_series_points),
            1 => caps.max_account_points = self.draws.amount(caps.max_account_points),
            _ => caps.max_pool_cash = self.draws.amount(caps.max_pool_cash),
        }
        Some(vec![build::tighten_pool(self.guard(), self.keys.pool, caps)])
    }

    fn halt(&mut self) -> Option<Vec<Instruction>> {
        Some(vec![build::halt_pool(self.guard(), self.keys.pool)])
    }

    fn pause(&mut self) -> Option<Vec<Instruction>> {
        let action = *self.draws.pick(&ACTIONS)?;
        let seconds = *self.draws.pick(&[0, 60, 600, 3_600, 86_400, 86_401, 7 * 86_400, u32::MAX])?;
        Some(vec![build::set_pause(self.one_of_protocol(|p| p.guardian), action, seconds)])
    }

    fn buyback(&mut self) -> Option<Vec<Instruction>> {
        let curator = self.view.pool.curator_of(&self.world.protocol());
        Some(vec![build::announce_buyback(self.signer(curator), self.keys.pool)])
    }

    fn initialize(&mut self) -> Option<Vec<Instruction>> {
        let roles = Roles { admin: self.anybody(), guardian: self.anybody(), fee_owner: self.anybody() };
        let authority = if self.draws.percent(50) { self.world.chain.upgrade_authority } else { self.anybody() };
        Some(vec![build::initialize_protocol(self.payer(), authority, roles)])
    }

    fn create_underlying(&mut self) -> Option<Vec<Instruction>> {
        let feed = &self.world.feeds[self.draws.below(2) as usize];
        let mut config = if self.draws.percent(50) { Setup::flat().btc } else { Setup::flat().eth };
        if self.draws.percent(50) {
            config.feed_id[0] ^= 1;
        }
        let price = feed.accounts.price;
        Some(vec![build::create_underlying(self.payer(), self.one_of_protocol(|p| p.admin), price, config)])
    }

    fn create_pool(&mut self) -> Option<Vec<Instruction>> {
        // The addresses are those of a pool that exists already, so the creation is refused; those that succeed are in the scenes.
        let underlyings: Vec<Pubkey> = self.world.feeds.iter().map(|feed| feed.accounts.underlying).collect();
        let params = self.pool_params();
        let admin = self.one_of_protocol(|p| p.admin);
        Some(vec![build::create_pool(self.payer(), admin, &self.keys, 3, params, &underlyings)])
    }
}
