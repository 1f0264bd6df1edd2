//! One trade in the pools that somebody vouches for, and which of them to take.

use super::{fits, trade::Intent};
use crate::{
    args::{
        legs::LegSize,
        trade::{TradeArgs, TradeSpec},
    },
    context::{Context, sought::NO_POOL_CHOSEN},
    failure::{Exit, Precluded, Report, Usage, advised},
    market::NamedPool,
};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::Filter,
    evergreen::state::{MarginAccount, Pool, SeriesRegistry},
    math::PointScale,
    offers::{Candidate, NoChoice, Offers, Out, Ranking},
    strategy::{Contract, Part},
};
use std::collections::HashSet;

/// A pool of the market file that cannot be asked.
pub struct Unread {
    /// Its name.
    pub name: String,
    /// Why.
    pub error: anyhow::Error,
}

/// One trade in several pools.
pub struct Comparison {
    /// The trade in each pool that could be asked.
    pub intents: Vec<Intent>,
    /// Native units in the owner's wallet, of each.
    pub wallets: Vec<u64>,
    /// What they say.
    pub offers: Offers,
    /// Those that make no offer, by their place, and why.
    pub out: Vec<(usize, anyhow::Error)>,
    /// Those that could not be asked.
    pub unread: Vec<Unread>,
    /// How many pools of the same mints the market file does not name; `None` where the network does not list them.
    pub strangers: Option<usize>,
    /// Seconds for which funding counts.
    pub held: u32,
    /// A pool that the market file does not name, in which the account holds what the trade would close.
    pub held_by_stranger: Option<Pubkey>,
}

/// Which pools a trade is asked of, where no single one is named.
pub enum Which {
    /// All that the market file names.
    All,
    /// Those of one mint.
    OfMint(Pubkey),
}

impl Which {
    /// What was said of the pool; `None` where that names one pool.
    pub fn of(context: &Context, said: Option<&str>) -> Option<Self> {
        let Some(said) = said else { return Some(Self::All) };
        let of_mint = context.market.pools.iter().filter(|named| named.mint == said).count();
        (of_mint > 1).then(|| said.parse().ok().map(Self::OfMint)).flatten()
    }

    fn takes(&self, named: &NamedPool) -> bool {
        match self {
            Self::All => true,
            Self::OfMint(mint) => named.mint == mint.to_string(),
        }
    }
}

/// The same trade in every pool that the market file names: somebody vouches for each. Nobody has looked at those of strangers, so none of them is asked.
/// With `pays`, what a wallet holds may be paid in; otherwise only what the accounts have counts.
///
/// # Errors
/// [`Usage`] for what only one pool can be told: a series, points, and amounts of tokens where there are several.
pub async fn compare<E: Args + AsRef<TradeArgs>>(
    context: &Context,
    spec: &TradeSpec<E>,
    which: &Which,
    signer: Pubkey,
    pays: bool,
) -> Result<Comparison> {
    if let TradeSpec::Roll(_) = spec {
        return Err(Usage("a roll is of a position in one pool: say in which, --pool".into()).into());
    }
    let named: Vec<&NamedPool> = context.market.pools.iter().filter(|named| which.takes(named)).collect();
    if named.is_empty() {
        let next = "name one with --pool, or a --market file with pools that you trust";
        return Err(advised("the market file names no pool to compare".to_owned(), next));
    }
    let (mut intents, mut unread) = (Vec::new(), Vec::new());
    for named in named {
        match fits::read_in(context, spec, &named.address()?.to_string(), signer).await {
            Ok(intent) => intents.push(intent),
            // The best of some, or a sale where nothing is held, must not be what a network's silence makes of it.
            Err(error) if Report::of(&error, None).exit_code == Exit::Network.code() => return Err(error),
            // What is wrong in the command line is so for all pools, but that one lacks an underlying.
            Err(error) => unread.push(Unread { name: named.name.clone(), error }),
        }
    }
    if intents.is_empty()
        && let Some(Unread { error, .. }) = unread.pop_if(|unread| unread.error.is::<Usage>())
    {
        return Err(error);
    }
    let held_by_stranger = held_by_stranger(context, &intents).await?;
    check_units(spec, &intents)?;
    let mut wallets = Vec::with_capacity(intents.len());
    for intent in &intents {
        let wallet = context.token_balance(intent.pool.keys().wallet(&intent.owner)).await?;
        wallets.push(wallet.saturating_sub(intent.deposit));
    }
    let strangers = strangers(context, &intents).await;
    let held = spec.options().as_ref().held;
    let candidates: Vec<Candidate<'_>> = intents
        .iter()
        .zip(&wallets)
        .map(|(intent, wallet)| candidate(context, intent, if pays { *wallet } else { 0 }))
        .collect();
    let offers = Offers::compare(&candidates, Ranking { held });
    let why = |place: usize, why: &Out| match why {
        Out::NotVerified => advised("nobody vouches for it", "give its address with --pool"),
        // The numbers that would work are computed where one pool is asked.
        Out::Refused(error) => fits::explained(&intents[place], context, error.clone()),
    };
    let out = offers.out.iter().map(|out| (out.place, why(out.place, &out.why))).collect();
    drop(candidates);
    Ok(Comparison { intents, wallets, offers, out, unread, strangers, held, held_by_stranger })
}

/// The pool of a stranger in which the owner of the accounts holds, or has written, what the trade would make smaller, if there is one. Elsewhere the same trade would
/// open something.
async fn held_by_stranger(context: &Context, intents: &[Intent]) -> Result<Option<Pubkey>> {
    let Some(first) = intents.first() else { return Ok(None) };
    let filter = Filter::of_owner(first.owner);
    let accounts = context.find_all::<MarginAccount>("reading accounts", filter).await?;
    for (_, account) in accounts {
        let is_asked = intents.iter().any(|intent| intent.pool.keys().pool == account.pool);
        if is_asked || account.sub_account != first.number || account.open_positions().next().is_none() {
            continue;
        }
        let registry = context.find::<SeriesRegistry>(&address::registry(&account.pool)).await?;
        let (Some(pool), Some(registry)) = (context.find::<Pool>(&account.pool).await?, registry) else { continue };
        for place in account.open_positions() {
            let position = account.positions[place];
            let Some(contract) = Contract::of(&registry, position.series()) else { continue };
            let underlying = |pool: &Pool, place: u8| pool.underlyings.get(usize::from(place)).map(|listed| listed.key);
            let is_same = |leg: &Part| {
                let (own, terms) = (&leg.contract, &contract.terms);
                underlying(&first.pool.view.pool, own.terms.underlying) == underlying(&pool, terms.underlying)
                    && (own.kind, own.strike, own.terms.tenor) == (contract.kind, contract.strike, terms.tenor)
                    && leg.points.0.signum() == -position.points.signum()
            };
            if first.strategy.legs.iter().any(is_same) {
                return Ok(Some(account.pool));
            }
        }
    }
    Ok(None)
}

/// A trade in a pool that somebody vouches for. Only whoever owns the account pays in.
fn candidate<'a>(context: &'a Context, intent: &'a Intent, wallet: u64) -> Candidate<'a> {
    Candidate {
        planner: intent.planner(context, intent.deposit),
        account: intent.account.as_deref(),
        strategy: intent.strategy.clone(),
        is_verified: true,
        token_price: intent.pool.stock_price,
        wallet: if intent.owner == intent.signer { wallet } else { 0 },
    }
}

/// Refuses numbers that mean something else in each of the pools.
fn check_units<E: Args + AsRef<TradeArgs>>(spec: &TradeSpec<E>, intents: &[Intent]) -> Result<(), Usage> {
    let tokens = |intent: &Intent| (intent.pool.keys().mint, intent.pool.view.pool.decimals);
    let point = |intent: &Intent| (tokens(intent), intent.pool.view.pool.scale().ok().map(PointScale::exponent));
    let differ = |same: &dyn Fn(&Intent, &Intent) -> bool| intents.windows(2).any(|pair| !same(&pair[0], &pair[1]));
    let args = spec.options().as_ref();
    if (args.deposit.is_some() || args.min_net.is_some()) && differ(&|a, b| tokens(a) == tokens(b)) {
        let words = "--deposit and --min-net are tokens of one stock, and the market file's pools have several: say which, --pool NAME or MINT";
        return Err(Usage(words.into()));
    }
    if has_points(spec) && differ(&|a, b| point(a) == point(b)) {
        let words =
            "points have another size in each of these pools: give the size in coins, or say in which pool, --pool";
        return Err(Usage(words.into()));
    }
    Ok(())
}

/// Whether a size is given in points.
fn has_points<E: Args>(spec: &TradeSpec<E>) -> bool {
    match spec {
        TradeSpec::Buy(form) | TradeSpec::Sell(form) | TradeSpec::CoveredWrite(form) => form.what.size.points.is_some(),
        TradeSpec::Straddle(form) => form.what.size.points.is_some(),
        TradeSpec::Strangle(form) => form.what.wings.size.points.is_some(),
        TradeSpec::Vertical(form) => form.what.size.points.is_some(),
        TradeSpec::Collar(form) => form.what.size.points.is_some(),
        TradeSpec::Roll(_) => false,
        TradeSpec::Legs(form) => form.what.legs.iter().any(|leg| matches!(leg.size, LegSize::Points(_))),
    }
}

/// How many pools of the same mints the market file does not name. A network that does not list them keeps nobody from trading.
async fn strangers(context: &Context, intents: &[Intent]) -> Option<usize> {
    let mints: HashSet<Pubkey> = intents.iter().map(|intent| intent.pool.keys().mint).collect();
    // One question where there is one mint; else all pools at once, and not one after another.
    let filter = match mints.iter().next() {
        Some(mint) if mints.len() == 1 => Filter::of_mint(*mint),
        _ => Filter::ALL,
    };
    let pools = context.client.find::<Pool>(filter).await.ok()?.value;
    Some(pools.iter().filter(|(key, pool)| mints.contains(&pool.mint) && context.market.named(key).is_none()).count())
}

impl Comparison {
    /// The address of the pool to trade in.
    ///
    /// # Errors
    /// Where choosing would be guessing, with what to say instead.
    pub fn chosen(&self) -> Result<Pubkey> {
        if let Some(pool) = self.held_by_stranger {
            let message = format!("{}: {pool}, which the market file does not name", NoChoice::HeldElsewhere(pool));
            let next =
                format!("to close it there: --pool {pool}; to trade elsewhere all the same say in which pool: --pool");
            return Err(Precluded::by(NO_POOL_CHOSEN, message, next).into());
        }
        let why = match self.offers.best() {
            Ok(best) => return Ok(best.pool),
            Err(why) => why,
        };
        let next = match &why {
            NoChoice::Nowhere => match self.cheapest_deposit() {
                Some(deposit) => deposit,
                None => {
                    "`evergreen quote` without --pool tells why of each; name one with --pool to see what would fit"
                        .into()
                }
            },
            _ => "say in which pool: --pool".into(),
        };
        Err(Precluded::by(NO_POOL_CHOSEN, self.in_words(&why), next).into())
    }

    /// What to pay in where that is all that is missing in the best of the pools.
    fn cheapest_deposit(&self) -> Option<String> {
        let offer = self.offers.offers.first()?;
        let pool = &self.intents[offer.place].pool;
        let (tokens, name) = (pool.unsigned(offer.missing), &pool.name);
        Some(format!("{name} is the best one and takes it with a deposit: --pool {name} --deposit {}", tokens.tokens))
    }

    /// Why none is chosen, with the pools' names, and why each does not do it.
    pub fn in_words(&self, why: &NoChoice) -> String {
        let names = |pools: &[Pubkey]| pools.iter().map(|pool| self.name(pool)).collect::<Vec<_>>().join(", ");
        match why {
            NoChoice::Nowhere => {
                let missing = self.offers.offers.iter().map(|offer| {
                    let pool = &self.intents[offer.place].pool;
                    format!("{} needs a deposit of {}", pool.name, pool.unsigned(offer.missing))
                });
                let out = self.out.iter().map(|(place, error)| {
                    let pool = &self.intents[*place].pool;
                    let report = Report::of(error, Some(&pool.collateral().token));
                    format!("{}: {}", pool.name, report.error)
                });
                let unread = self.unread.iter().map(|unread| format!("{}: {:#}", unread.name, unread.error));
                let all: Vec<String> = missing.chain(out).chain(unread).collect();
                format!("{why}: {}", all.join("; "))
            }
            NoChoice::HeldElsewhere(pool) => format!("{why}: {}", self.name(pool)),
            NoChoice::HeldInSeveral(pools) | NoChoice::NotComparable(pools) | NoChoice::WhichToken(pools) => {
                format!("{why}: {}", names(pools))
            }
        }
    }

    fn name(&self, pool: &Pubkey) -> String {
        let found = self.intents.iter().find(|intent| intent.pool.keys().pool == *pool);
        found.map_or_else(|| pool.to_string(), |intent| intent.pool.name.clone())
    }
}
