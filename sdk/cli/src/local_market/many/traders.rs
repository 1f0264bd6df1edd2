//! Traders of a pool: sub-accounts with margin and a position each, committed and filled in batches.

use super::{Maker, TRADED, drawn};
use anyhow::{Context, Result, bail};
use evergreen_localnet::{Mint, packed};
use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::state::MarginAccount,
    instruction::{self as build, PoolKeys},
    math::{BasisPoints, Points, Seconds, option::OptionKind},
    plan::Planner,
    price::PushFeeds,
    quote::PoolView,
    strategy::{Contract, ContractTerms, Part, Strategy},
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Tenor of the series that are traded, seconds.
const TENOR: Seconds = Seconds(30 * 86_400);
/// Points of one position on BTC and on ETH, about a hundredth and a quarter of a coin where a token is worth 300 dollars.
const SIZES: [i64; 2] = [3_333_333, 83_333_333];
/// Number of accounts above which positions are smaller, so that a pool can bear all of them.
const FULL: i64 = 50;
/// Margin of a buyer, in millionths of a token for each position's worth.
const BUYER: u64 = 1_000_000;
/// Least margin of a writer, and by how much that of others is above it, in millionths of a token. By them writers fall below maintenance when prices move
/// by about 8 to 20 %.
const WRITER: [u64; 2] = [750_000, 350_000];
/// How much worse a price may be than its quote: between commitment and fill are seconds.
const SLIPPAGE: BasisPoints = BasisPoints(2_000);
/// How often trades are committed at most.
const ATTEMPTS: usize = 20;
/// How long the prices and fills of a batch are waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(90);
/// Pause between two looks at prices.
const POLL: Duration = Duration::from_millis(500);

/// Margin accounts with their addresses.
type Keyed = Vec<(Pubkey, Box<MarginAccount>)>;

/// A position to be taken by a sub-account.
struct Wish {
    sub_account: u16,
    deposit: u64,
    strategy: Strategy,
}

impl Maker<'_> {
    /// Opens all margin accounts of a pool. The first one buys of each series what others write; of the others every second one buys, and every second one
    /// writes.
    pub(super) fn traders(&self, mint: &Mint, keys: &PoolKeys, number: usize) -> Result<()> {
        let trader = self.somebody(mint, "trader", number, TRADED)?;
        let view = self.view(keys)?;
        let contracts = contracts(&view)?;
        let list: Vec<Instruction> = contracts
            .iter()
            .filter_map(|contract| {
                let market = view.markets.get(usize::from(contract.terms.underlying))?;
                Some(build::list_series(keys, &market.feed, contract.request()))
            })
            .collect();
        self.chain.send_batch(&trader, &[list], &[]).context("listing series")?;
        let accounts = self.many.accounts;
        // How large positions are, so that all of them together fit.
        let size =
            |contract: &Contract| SIZES[usize::from(contract.terms.underlying)] * FULL / FULL.max(i64::from(accounts));
        let token = mint.units(1).context("a token does not fit")?;
        let millionths = |amount: u64| token / 1_000_000 * amount;
        let all = i64::from(accounts);
        let first = Wish {
            sub_account: 0,
            deposit: millionths(BUYER * contracts.len() as u64 * u64::from(accounts)),
            strategy: Strategy {
                legs: contracts
                    .iter()
                    .map(|contract| Part { contract: *contract, points: Points(all * size(contract)) })
                    .collect(),
            },
        };
        let others = |writes: bool| -> Vec<Wish> {
            let mine = (1..accounts).filter(|sub_account| (sub_account % 2 == 1) == writes);
            mine.map(|sub_account| {
                let place = number * usize::from(u16::MAX) + usize::from(sub_account);
                let contract = contracts[drawn(self.many.seed, "series", place, contracts.len() as u64) as usize];
                let points = size(&contract) * if writes { -1 } else { 1 };
                let more = drawn(self.many.seed, "margin", place, WRITER[1]);
                let margin = if writes { WRITER[0] + more } else { BUYER };
                let legs = vec![Part { contract, points: Points(points) }];
                Wish { sub_account, deposit: millionths(margin), strategy: Strategy { legs } }
            })
            .collect()
        };
        // More is never written than bought.
        let mut buyers = vec![first];
        buyers.extend(others(false));
        self.positions(keys, &trader, &buyers).context("buying")?;
        self.positions(keys, &trader, &others(true)).context("writing")
    }

    fn view(&self, keys: &PoolKeys) -> Result<PoolView> {
        Ok(self.runtime.block_on(self.reader.pool_view(*keys, &PushFeeds::UPGRADED))?.value)
    }

    /// Opens accounts, funds them, commits their trades and fills them. On a busy machine a fill may come too late, which ends its commitment; such a trade
    /// is committed again, and so is one that was refused because the market had moved.
    fn positions(&self, keys: &PoolKeys, trader: &Keypair, wishes: &[Wish]) -> Result<()> {
        let me = trader.pubkey();
        let place = |wish: &Wish| address::margin_account(&keys.pool, &me, wish.sub_account);
        let accounts: Vec<Pubkey> = wishes.iter().map(place).collect();
        let mut refused = None;
        for _ in 0..ATTEMPTS {
            let read = self.runtime.block_on(self.reader.get_many::<MarginAccount>(&accounts))?.value;
            let is_due = |account: &Option<Box<MarginAccount>>| account.as_ref().is_none_or(|known| known.is_flat());
            let due: Vec<_> = wishes.iter().zip(read).filter(|(_, account)| is_due(account)).collect();
            if due.is_empty() {
                return Ok(());
            }
            let view = self.view(keys)?;
            let plan = |(wish, account): &(&Wish, Option<Box<MarginAccount>>)| {
                let planner = Planner {
                    // What a commitment costs that has ended in vain is a small part of this.
                    deposit: if account.is_none() { wish.deposit } else { wish.deposit / 50 },
                    sub_account: wish.sub_account,
                    slippage: SLIPPAGE,
                    ..Planner::new(&view, &PushFeeds::UPGRADED, me)
                };
                planner.trade(account.as_deref(), &wish.strategy).map(|plan| plan.instructions)
            };
            let groups = match due.iter().map(plan).collect::<Result<Vec<_>, _>>() {
                Ok(groups) => groups,
                // A price may be late.
                Err(error) => {
                    refused = Some(error.into());
                    std::thread::sleep(POLL);
                    continue;
                }
            };
            refused = self.chain.send_batch(trader, &packed(&me, groups), &[]).err().map(anyhow::Error::new);
            let committed: Vec<Pubkey> = due.iter().map(|(wish, _)| place(wish)).collect();
            self.fill(keys, trader, &committed)?;
        }
        match refused {
            Some(error) => Err(error).context("committing trades"),
            None => bail!("trades came too late {ATTEMPTS} times: the machine is too busy for their prices"),
        }
    }

    /// Fills the commitments of accounts as their prices come.
    fn fill(&self, keys: &PoolKeys, payer: &Keypair, accounts: &[Pubkey]) -> Result<()> {
        let deadline = Instant::now() + LONGEST_WAIT;
        // A sample may have become due between a look and a fill, which is then made again.
        let mut refused = None;
        loop {
            let read = self.runtime.block_on(self.reader.get_many::<MarginAccount>(accounts))?.value;
            let open = accounts.iter().zip(read).filter_map(|(key, account)| Some((*key, account?)));
            let open: Vec<_> = open.filter(|(_, account)| account.commitment.is_open()).collect();
            if open.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                let (open, all, seconds) = (open.len(), accounts.len(), LONGEST_WAIT.as_secs());
                let error = refused.map_or_else(|| anyhow::anyhow!("no price has come"), anyhow::Error::new);
                return Err(error.context(format!("{open} of {all} trades were not filled in {seconds} s")));
            }
            let view = self.view(keys)?;
            // Trades that were committed in one second and are about the same underlyings have the same prices.
            let mut alike: BTreeMap<(i64, Vec<u8>), Keyed> = BTreeMap::new();
            for (key, account) in open {
                let places = view.needed_to_fill(&account)?;
                alike.entry((account.commitment.committed_at, places)).or_default().push((key, account));
            }
            for ((_, places), accounts) in alike {
                let read = self.reader.view_to_fill(*keys, &accounts[0].1, &PushFeeds::UPGRADED);
                let Some(view) = self.runtime.block_on(read)?.value else { continue };
                let samples = view.take_samples(&view.samples_to_fill(&accounts[0].1));
                if !samples.is_empty() {
                    // Whoever else makes pools at this moment may have taken them.
                    let _ = self.chain.send_batch(payer, &[samples], &[]);
                }
                let feeds = view.feeds(&places);
                let fills = accounts.iter().map(|(key, _)| vec![build::fill_trade(keys, *key, None, None, &feeds)]);
                refused = self.chain.send_batch(payer, &packed(&payer.pubkey(), fills), &[]).err();
            }
            std::thread::sleep(POLL);
        }
    }
}

/// Calls and puts of both underlyings at the money.
fn contracts(view: &PoolView) -> Result<Vec<Contract>> {
    let mut all = Vec::new();
    for (place, market) in (0..).zip(&view.markets) {
        let spot = u64::try_from(view.price(place)?.spot.to_bits() >> 64).context("a price below zero")?;
        let step = u64::from(market.underlying.params.strike_step);
        let strike = (spot + step / 2) / step * step;
        for kind in [OptionKind::Call, OptionKind::Put] {
            all.push(Contract { terms: ContractTerms { underlying: place, tenor: TENOR }, kind, strike });
        }
    }
    Ok(all)
}
