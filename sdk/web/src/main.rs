//! The bridge as a process: one call a line, one answer a line. `--types` prints the types of all calls in TypeScript.

use evergreen_web::{Views, declarations, respond};
use std::io::{BufRead, Write};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if std::env::args().nth(1).as_deref() == Some("--types") {
        return out.write_all(declarations().as_bytes());
    }
    let mut views = Views::default();
    for line in std::io::stdin().lock().lines() {
        writeln!(out, "{}", respond(line?.as_bytes(), &mut views))?;
        out.flush()?;
    }
    Ok(())
}
