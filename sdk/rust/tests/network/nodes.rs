//! Sending through several nodes of which some lie: what the client has said is compared with what the chain holds, lie by lie and with all of them
//! together. Nothing is done twice, nothing is lost, what is called done was done, what is called not done was not, and what is called unknown is
//! found out once the truth is told.
//!
//! `EVERGREEN_LIES_TRANSACTIONS` and `EVERGREEN_LIES_SEED` make the run longer, and another one.

use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    client::{Client, Endpoints, Journal, RecoveryMode, RecoveryOutcome, SendError, SendOptions},
    evergreen::state::MarginAccount,
    instruction as build,
};
use evergreen_test_network::{Liar, Lie, Market, Random, TOKEN};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// People who send at once: so many lies are told at a time.
const PEOPLE: usize = Lie::ALL.len();
/// Transfers of each behind one lie.
const EACH: u64 = 4;
/// One answer in so many of a node that lies is a lie, five times as many of those that decide about money.
const RATE: u64 = 6;

struct Person {
    key: Keypair,
    account: Pubkey,
    client: Client,
    liars: [Liar; 2],
    /// What the account has to hold by what was said, native units.
    cash: i64,
    /// What each transfer whose outcome is unknown would add.
    unknown: HashMap<String, i64>,
    random: Random,
    _journal: TempDir,
}

/// What was said.
#[derive(Clone, Debug, Default)]
struct Tally {
    done: u64,
    /// Not done, by what was said.
    refused: BTreeMap<String, u64>,
    unknown: u64,
}

impl Tally {
    fn total(&self) -> u64 {
        self.done + self.unknown + self.refused.values().sum::<u64>()
    }

    fn add(&mut self, other: Self) {
        self.done += other.done;
        self.unknown += other.unknown;
        for (why, times) in other.refused {
            *self.refused.entry(why).or_default() += times;
        }
    }
}

/// Whether one of a person's nodes tells the truth.
const fn has_honest(place: usize) -> bool {
    !place.is_multiple_of(4)
}

/// What was said in a few words.
fn kind(error: &SendError) -> String {
    match error {
        SendError::Refused { refusal, .. } => format!("{:?}", refusal.code),
        other => format!("{other:?}").chars().take_while(|letter| letter.is_alphanumeric()).collect(),
    }
}

impl Person {
    fn new(market: &Market, runtime: &Runtime, place: usize, seed: u64) -> Self {
        let (key, account) = market.trader(50);
        let target = market.network.rpc_url();
        let liar = |number| Liar::before(&target, seed + number, 0, &[]);
        let liars = runtime.block_on(async { [liar(1_000_000).await, liar(2_000_000).await] });
        // Two of three nodes lie, and the preferred one of two people in three; one person in four has only those two.
        let mut urls = vec![liars[0].url.clone(), liars[1].url.clone(), target.clone()];
        urls.rotate_left(place % 3);
        urls.retain(|url| has_honest(place) || *url != target);
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(folder.path()).expect("a journal");
        let client = Client::over(&Endpoints::new(urls)).with_journal(journal);
        let (cash, unknown) = (50 * TOKEN as i64, HashMap::new());
        Self { key, account, client, liars, cash, unknown, random: Random(seed), _journal: folder }
    }

    /// Makes so many transfers, one after the other.
    async fn transfer(&mut self, market: &Market, honest: &Client, times: u64) -> Tally {
        let mut tally = Tally::default();
        let options = SendOptions {
            poll: Duration::from_millis(150),
            resend: Duration::from_secs(1),
            deadline: Duration::from_secs(20),
            ..SendOptions::default()
        };
        for _ in 0..times {
            let me = self.key.pubkey();
            let amount = self.random.range(1, 1_000_000) as u64;
            let pays_in = self.random.range(0, 2) > 0;
            let transfer = match pays_in {
                true => build::deposit_margin(me, &market.keys, self.account, amount),
                false => build::withdraw_margin(me, &market.keys, self.account, amount, &[]),
            };
            let change = if pays_in { amount as i64 } else { -(amount as i64) };
            let number = match self.client.next_number(&me).await {
                Ok(number) => number,
                Err(_) => {
                    *tally.refused.entry("number".into()).or_default() += 1;
                    continue;
                }
            };
            let both = [build::take_number(me, me, number), transfer];
            match self.client.labelled("transfer").send(&self.key, &both, &[], &[], &options).await {
                Ok(landed) => {
                    let record = honest.record(&landed.signature).await;
                    let record = record.unwrap_or_else(|error| panic!("called done, {landed:?}: {error}"));
                    assert!(record.error.is_none(), "called done, {landed:?}: {record:?}");
                    self.cash += change;
                    tally.done += 1;
                }
                Err(SendError::Unknown { signature, .. }) => {
                    self.unknown.insert(signature.to_string(), change);
                    tally.unknown += 1;
                    // Whoever does not know asks, before the next one.
                    let _ = self.find_out(&options).await;
                }
                Err(error) => *tally.refused.entry(kind(&error)).or_default() += 1,
            }
        }
        tally
    }

    /// Finds out what became of the transfers whose outcome is unknown.
    async fn find_out(&mut self, options: &SendOptions) -> Result<(), SendError> {
        for found in self.client.recover(options, |_| RecoveryMode::Resend).await? {
            let signature = found.signature.to_string();
            let change = self.unknown.remove(&signature).expect("a transfer that was called unknown");
            match found.outcome {
                RecoveryOutcome::Confirmed { .. } => self.cash += change,
                RecoveryOutcome::Failed(_) | RecoveryOutcome::Expired => {}
                // Somebody else's number or this one's: only its owner sends here, so another attempt has taken it.
                other => panic!("{signature}: {other:?}"),
            }
        }
        Ok(())
    }
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Everybody and what was said to them.
struct Scene {
    runtime: Runtime,
    market: Market,
    honest: Client,
    people: Vec<Person>,
    all: Tally,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let market = Market::by_the_clock();
        let people = std::thread::scope(|scope| {
            let (market, runtime) = (&market, &runtime);
            let begun: Vec<_> = (0..PEOPLE)
                .map(|place| scope.spawn(move || Person::new(market, runtime, place, seed * 1_000 + place as u64)))
                .collect();
            begun.into_iter().map(|person| person.join().expect("a person")).collect()
        });
        Self { honest: market.client(), runtime, market, people, all: Tally::default() }
    }

    /// Everybody makes transfers behind the lies that `told` names for a place, with the rate and the number of transfers that it names; then the
    /// truth is told, what is unknown is found out, and all is compared. Returns what was said.
    fn round(&mut self, name: &str, told: impl Fn(usize) -> (Vec<Lie>, u64, u64)) -> Tally {
        let Self { runtime, market, honest, people, all } = self;
        let begun = Instant::now();
        let tallies = runtime.block_on(async {
            let acts = people.iter_mut().enumerate().map(|(place, person)| {
                let (lies, rate, times) = told(place);
                person.liars.iter().for_each(|liar| liar.set(rate, &lies));
                person.transfer(market, honest, times)
            });
            futures_util::future::join_all(acts).await
        });
        let mut round = Tally::default();
        for (place, tally) in tallies.into_iter().enumerate() {
            if tally.done < told(place).2 {
                println!("  {:?}: {tally:?}", told(place).0.first());
            }
            round.add(tally);
        }
        println!("{name}: {round:?}, {:.1} s", begun.elapsed().as_secs_f64());
        all.add(round.clone());
        let begun = Instant::now();
        for liar in people.iter().flat_map(|person| &person.liars) {
            liar.set(0, &[]);
            while liar.holds() {
                assert!(begun.elapsed() < Duration::from_secs(60), "a relay holds a transaction");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        // What was sent last is in a block then.
        std::thread::sleep(Duration::from_millis(900));
        runtime.block_on(async {
            for (place, person) in people.iter_mut().enumerate() {
                let told = told(place).0;
                person.find_out(&SendOptions::default()).await.expect("an outcome");
                assert!(person.unknown.is_empty(), "{name}, {told:?}: unknown for ever: {:?}", person.unknown);
                let holds = honest.get::<MarginAccount>(&person.account).await.expect("the account").value.cash;
                assert_eq!(holds, person.cash, "{name}, {told:?}: what was said is not what the chain holds");
            }
        });
        round
    }
}

#[test]
fn of_several_nodes_some_may_lie() {
    let (transactions, seed) = (number("EVERGREEN_LIES_TRANSACTIONS", 190), number("EVERGREEN_LIES_SEED", 1));
    let start = Instant::now();
    let mut scene = Scene::new(seed);
    // Half of all behind one lie each, everybody behind another one at a time; half of all behind all lies together.
    let half = transactions.div_ceil(2 * PEOPLE as u64);
    let rounds = half.div_ceil(EACH).clamp(1, Lie::ALL.len() as u64) as usize;
    for round in 0..rounds {
        scene.round(&format!("round {round}, one lie each"), |place| {
            let lie = Lie::ALL[(place + round) % Lie::ALL.len()];
            // What is told only where a transaction is sent is told at every second chance, so that chance leaves none out.
            let rate = if matches!(lie, Lie::Blockhash | Lie::Already | Lie::Twice) { 2 } else { RATE };
            // Silence takes long.
            (vec![lie], rate, if lie == Lie::Silence { 1 } else { EACH })
        });
    }
    // Nodes that agree that it has expired, and lose what is sent. Whoever has an honest one beside them is told the truth.
    let league = scene.round("in league", |place| {
        let league = vec![Lie::Ahead, Lie::Forget, Lie::Invalid, Lie::Lost];
        (league, 1, if has_honest(place) { 2 } else { 0 })
    });
    assert_eq!(league.done, league.total(), "{league:?}");
    scene.round("all together", |_| (Lie::ALL.to_vec(), RATE, half));
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    for (lie, times) in scene.people.iter().flat_map(|person| &person.liars).flat_map(Liar::counts) {
        *told.entry(format!("{lie:?}")).or_default() += times;
    }
    let (all, lies) = (&scene.all, told.values().sum::<u64>());
    println!("{} transactions, {lies} lies of {} kinds, {:?}", all.total(), told.len(), start.elapsed());
    println!("{all:?}\n{told:?}");
    // Sending asks for no lists of transactions, and seldom for a record.
    assert!(told.len() >= Lie::ALL.len() - 3, "{told:?}");
    assert!(all.done * 10 > all.total() * 9, "{all:?}");
}
