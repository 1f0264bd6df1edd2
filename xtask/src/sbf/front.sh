#!/bin/sh
# front of evergreen's cargo xtask build
#
# Found by cargo as `cargo build-sbf`. It builds the program of the workspace it is called in, and leaves the ELF in
# target/deploy. All arguments but --version are of Solana's tools and mean nothing here.
set -eu
for argument in "$@"; do
    if [ "$argument" = "--version" ]; then
        echo "evergreen front of cargo xtask build"
        exit 0
    fi
done
# The caller may have chosen a toolchain that is not installed.
unset RUSTUP_TOOLCHAIN
manifest=$(cargo locate-project --workspace --message-format plain)
root=${manifest%/Cargo.toml}
if [ ! -f "$root/xtask/Cargo.toml" ]; then
    echo "cargo-build-sbf: $root is not an Evergreen workspace" >&2
    exit 1
fi
cd "$root"
exec cargo run --quiet --locked --package xtask -- build
