//! The help text of `cargo xtask`.

/// Describes all commands and settings.
pub const HELP: &str = "\
All chores of this repository.

Usage: cargo xtask <command>

  build [--probe]   Compile the program to target/deploy/evergreen.so. The first time this also sets up a toolchain
                    (minutes), unless Solana's own works here; later builds take seconds.
                    --probe builds the programs for tests as well: one tests arithmetic on the virtual machine, one
                    stands in for Pyth's programs on a local network
  build --release   Build the program of a release from the committed files, with the one pinned toolchain and with the
                    contact that the environment names; print its hash as solana-verify does
  build --verify    Build a release twice in two clean folders; fail if the two differ
  test              Check everything that must hold: formatting, clippy, build, all tests, documentation. Stop at the
                    first failure
  demo [arguments]  Build, start a local network and show the product on it. Arguments go to the demonstration:
                    cargo xtask demo --help
  demo --app        Build the web app and start a local market with it. Arguments go to `evergreen localnet`
  app [--test]      Build the web app in target/app, and the command with it inside; --test tests it in a browser on local networks
                    instead: the one that CHROMIUM names, the machine's chromium, or Debian's in the cache
  bench             Measure the compute units of every instruction and write tests/compute-units.json
  choice            Simulate what every remaining choice of a price is worth at the preset fees, delay and window; fails if
                    one pays.
  report [OPTIONS]  Simulate the market on history and on models: whether liquidity earns and options are fairly priced. Options:
                    --btc, --eth, --stock FILE (bars), --json, --html OUT, --write DOCUMENT,
                    --bridges, --runs, --insurance-runs, --tail-runs, --seed N, --fast
  fuzz [OPTIONS]    Do random steps in the market of the compiled program, check everything after each transaction, and make a violation
                    short. The last line and the exit code say the outcome. Options:
                    --minutes N, --steps N, --seed S, --episode N, --scene NAME, --most N, --save FOLDER, --repeat FILE;
                    --keep keeps the last line in tests/runs.txt
  hunt [OPTIONS]    Search for a sequence of actions by one hand with several accounts that gains more than others pay it. The last line and the
                    exit code say the outcome. Options: --minutes N, --seed S, --swing MILLIONTHS, --plan WIDTH; --keep keeps the last line
  mutants [OPTIONS] Plant faults, one at a time, in a copy of the sources and run tests until one finds it; write docs/mutants.md. Options:
                    --only TEXT, --kind TEXT, --suite mathematics|program, --minutes N, --again, --whole, --list
  coverage [FILTER] Run the program's tests on a program with a table of its source lines, and write which lines and branches they
                    execute to docs/coverage.md; target/coverage has lcov.info and the lines that are missing
  speed             Measure the client library and the keeper: quotes per second, time to decode accounts and to find those
                    below maintenance
  pools [NxM]       Measure one keeper for N pools with M accounts each on a local network (200x50 otherwise): its memory, what it
                    asks for, and how long an account stays below maintenance
  idl [--check]     Write the program's interface description to sdk/idl/evergreen.json; --check only compares
  typescript        Generate clients from the interface description, and test them on a local network beside the Rust client
                    library; with node of the machine, or of PyPI where that is older than 20.19
  web               Build the package @evergreen/sdk, the client library in WebAssembly, in target/typescript/package; print its
                    size and the time of its calls
  structure         Check words, names, layers, cycles, sizes, doors and the list of attacks by the rules in
                    xtask/structure.toml; takes a second
  attacks           Write the table of attacks, their tests and what these expect into docs/security.md
  figures [revision]
                    Print lines by crate, the program's bytes and rent, and compute units, beside those of a revision
  figures --write   Write into docs/security.md how many cases, exchanges, planted faults, lines, steps and sequences were tried, from the records of runs
  deny [--advisories]
                    Check licences and sources of all dependencies by the rules in deny.toml; --advisories looks up known
                    vulnerabilities instead, over the network, also of packages from npm
  setup             Check what the machine needs; as root on Debian, install what is missing
  front             Print a folder with a `cargo-build-sbf` for tools that call it:
                    PATH=\"$(cargo xtask front):$PATH\" anchor build
  clean-cache       Remove the toolchain
  help              Print this text

Settings (environment):
  EVERGREEN_CACHE                folder of the toolchain (default: ~/.cache/evergreen)
  EVERGREEN_WITHOUT_POSTGRES     any value: tests of PostgreSQL are skipped where it is not installed
  EVERGREEN_REGISTRY_TOOLCHAIN   any value: Solana's tools are not used even if they are installed
  EVERGREEN_SECURITY_CONTACT     contact for reports of vulnerabilities, such as email:security@example.com
  EVERGREEN_PROJECT_URL          the project's page
  EVERGREEN_SECURITY_POLICY      the page that says how vulnerabilities are handled. A release needs all three

docs/building.md says how the build works, how much space it takes and what to do when it fails.
";
