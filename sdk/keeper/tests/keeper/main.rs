//! These tests run the keeper on a market with many traders and a network that fails. The keeper must leave no task undone and do
//! none twice. The command that runs the keeper is tested in the crate of the commands.

mod brackets;
mod falling;
mod fills;
mod giving_way;
mod hour;
mod nodes;
mod posting;
mod running;

use std::time::{Duration, Instant};

fn wait_until(what: &str, most: Duration, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < most, "{what} took longer than {most:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
