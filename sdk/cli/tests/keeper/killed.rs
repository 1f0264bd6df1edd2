//! Keepers that are killed again and again in a busy market.

use crate::process::{Process, Start, log_of};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, events::Event};
use evergreen_test_network::{Busy, Others, assert_nothing_done_twice, how_many};
use evergreen_test_support::random::mixed;
use solana_keypair::write_keypair_file;
use solana_signer::Signer;
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A busy market, and the home of the command's keepers.
struct Scene {
    busy: Busy,
    home: TempDir,
    key_file: PathBuf,
    key: Pubkey,
}

impl Scene {
    /// One answer in ten fails; four withdrawals are on their way.
    fn start() -> Self {
        let busy = Busy::start(10, 4);
        let home = tempfile::tempdir().expect("a folder");
        let key_file = home.path().join("keeper.json");
        let key = busy.market.somebody(0);
        write_keypair_file(&key, &key_file).expect("a key file");
        Self { busy, home, key_file, key: key.pubkey() }
    }

    fn keeper(&self) -> Process {
        Process::start(&Start {
            url: &self.busy.faulty.url,
            ws_url: &self.busy.ws_url(),
            key_file: self.key_file.clone(),
            home: self.home.path(),
        })
    }

    /// Where its journal is kept unless it is told otherwise.
    fn journal(&self) -> PathBuf {
        self.home.path().join(format!(".local/state/evergreen/keeper-{}", self.key))
    }
}

#[test]
fn a_keeper_that_is_killed_again_and_again_loses_nothing_and_does_nothing_twice() {
    let mut scene = Scene::start();
    let mut kills = 0;
    for tick in 8..24 {
        let keeper = scene.keeper();
        scene.busy.minute(tick, 3);
        // At any point: while it finds out about its last life, reads everything, simulates, sends, or waits.
        std::thread::sleep(Duration::from_millis(mixed(50 + tick) % 1_200));
        keeper.kill();
        kills += 1;
    }
    let journal = scene.journal();
    let left = entries(&journal);
    // A commitment whose first price nobody has kept while the keepers were dead can be ended after ten minutes.
    scene.busy.market.advance(601);
    let keeper = scene.keeper();
    let undone = scene.busy.wait_until_clean(Duration::from_secs(30));
    assert!(undone.is_empty(), "{undone:?}\n{}", log_of(scene.home.path()));
    let others = Others::start(&scene.busy.market);
    // A keeper that is told to stop while it still finds out about its last life leaves the rest to the next one.
    let patient = Instant::now() + Duration::from_secs(60);
    while entries(&journal) > 0 && Instant::now() < patient {
        std::thread::sleep(Duration::from_millis(50));
    }
    keeper.end_politely();
    drop(others);
    assert_eq!(entries(&journal), 0, "everything under way has come to its end:\n{}", log_of(scene.home.path()));
    let (ran, failed) = scene.busy.record(&scene.key);
    println!("{kills} kills, the last one left {left} entries; {} landed, {failed} failed on chain", ran.len());
    assert_nothing_done_twice(&ran);
    // What was signed before a kill and sent again after it may come too late: once a kill and transaction under way.
    assert!(failed <= kills, "{failed} failed on chain after {kills} kills");
    assert!(how_many(&ran, |e| matches!(e, Event::SeriesExercised(_))) > 0);
    assert!(how_many(&ran, |e| matches!(e, Event::WithdrawalExecuted(_))) >= 3);
}

fn entries(journal: &Path) -> usize {
    let all = std::fs::read_dir(journal).expect("the journal");
    all.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|e| e == "json"))).count()
}
