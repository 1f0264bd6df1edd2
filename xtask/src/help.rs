//! What `cargo xtask` says about itself.

/// All commands.
pub const HELP: &str = "\
Every chore of this repository.

Usage: cargo xtask <command>

  build [--probe]   Compile the program to target/deploy/evergreen.so. The first time this also sets up a toolchain
                    (minutes), unless Solana's own works here; later builds take seconds.
                    --probe: the programs for tests as well: one that tests arithmetic on the virtual machine, one that
                    stands in for Pyth's on a local network
  build --release   Build the program of a release: from what is committed, with the one pinned toolchain, with the contact
                    that the environment names; print its hash as solana-verify does
  build --verify    Build a release twice in two clean folders; fails if the two differ
  test              Everything that must hold: formatting, clippy, build, all tests, documentation. Stops at the
                    first failure
  demo [arguments]  Build, start a local network and show the product on it. Arguments go to the demonstration:
                    cargo xtask demo --help
  bench             Measure the compute units of every instruction and write tests/compute-units.json
  speed             Measure the client library and the keeper: quotes a second, time to decode accounts and to find those below
                    maintenance
  idl [--check]     Write the program's interface description to sdk/idl/evergreen.json; --check only compares
  structure         Check words, names, layers, circles, sizes, doors and the list of attacks by the rules in
                    xtask/structure.toml; takes a second
  figures [revision]
                    Print lines by crate, the program's bytes and rent, and compute units, beside those of a revision
  deny [--advisories]
                    Check licences and sources of all dependencies by the rules in deny.toml; --advisories looks up known
                    weaknesses instead, over the network
  setup             Check what the machine needs; as root on Debian, install what is missing
  front             Print a folder with a `cargo-build-sbf` for tools that want one:
                    PATH=\"$(cargo xtask front):$PATH\" anchor build
  clean-cache       Remove the toolchain
  help              This text

Settings (environment):
  EVERGREEN_CACHE                where the toolchain is kept (otherwise ~/.cache/evergreen)
  EVERGREEN_REGISTRY_TOOLCHAIN   set to anything: do not use Solana's tools even if they are installed
  EVERGREEN_SECURITY_CONTACT     contact for reports of weaknesses, such as email:security@example.com; with it go
  EVERGREEN_PROJECT_URL          the project's page, and
  EVERGREEN_SECURITY_POLICY      the page that says how weaknesses are handled. A release needs all three

How it works, how big it is and what to do when it fails: docs/building.md
";
