//! Tests of valid and invalid cluster files.

use super::*;
use evergreen_sdk::presets;
use solana_keypair::{Keypair, write_keypair_file};
use solana_signer::Signer;

const ADMIN: &str = "4cSM2e6rvbGQUFiJbqytoVMi5GgghSMr8LwVrT9VPSPo";
const MINT: &str = "XsDoVfqeBukxuZHWhdvWHBhgEHjGNst4MLodqsJHzoB";

/// A valid file; all keys are `ADMIN`, and the pool's mint is `MINT`.
fn right() -> String {
    format!(
        r#"cluster = "test"
[protocol]
admin = "{ADMIN}"
guardian = "{ADMIN}"
fee_owner = "{ADMIN}"
timelock = "3d"
upgrade_authority = "{ADMIN}"
[[underlyings]]
preset = "BTC"
[[underlyings]]
preset = "ETH"
params = {{ max_age = 6 }}
[[pools]]
mint = "{MINT}"
underlyings = ["ETH", "BTC"]
first_liquidity = {{ main = "2000.5" }}
[pools.params]
fee_open_bps = 8
"#
    )
}

fn parse(text: &str) -> Result<Cluster, ConfigError> {
    Cluster::parse(text, Path::new("clusters/test.toml"), &|_| None)
}

#[test]
fn a_file_overrides_presets_and_keeps_orders() {
    let cluster = parse(&right()).unwrap();
    assert_eq!((cluster.timelock, cluster.admin.to_string()), (3 * 86_400, ADMIN.to_owned()));
    assert_eq!(cluster.underlyings[0].config.params, presets::btc(presets::PYTH_RECEIVER).params);
    assert_eq!(cluster.underlyings[1].config.params.max_age, 6);
    let pool = &cluster.pools[0];
    assert_eq!(pool.underlyings, [cluster.underlyings[1].address, cluster.underlyings[0].address]);
    assert_eq!((pool.params.fee_open_bps, pool.params.fee_close_bps, pool.scale), (8, 3, 3));
    assert_eq!(pool.first_liquidity, [Some("2000.5".parse().unwrap()), None]);
}

#[test]
fn errors_name_the_file_the_field_and_the_value() {
    for (from, to, words) in [
        ("cluster = \"test\"", "cluster = \" \"", "cluster: is empty"),
        ("cluster = \"test\"", "clutser = \"test\"", "unknown field `clutser`"),
        ("[[pools]]", "[[pool]]", "unknown field `pool`"),
        ("timelock = \"3d\"", "", "missing field `timelock`"),
        ("\"3d\"", "\"3x\"", "invalid value: string \"3x\", expected a span of time"),
        ("\"3d\"", "\"1h\"", "timelock is 3600, must be 86400 to 2592000"),
        ("\"3d\"", "-5", "invalid value: integer `-5`"),
        ("cluster = \"test\"", "cluster = \"test\"\ngenesis_hash = \"x\"", "genesis_hash: `x` is no hash"),
        ("cluster = \"test\"", "cluster = \"test\"\nprogram_sha256 = \"12\"", "`12` is no SHA-256"),
        ("cluster = \"test\"", "cluster = \"test\"\nprices = \"new\"", "unknown variant `new`"),
        ("guardian = \"4c", "guardian = \"0", "protocol.guardian: `0"),
        ("guardian = \"4cSM2e6rvbGQUFiJbqytoVMi5GgghSMr8LwVrT9VPSPo", "guardian = \"nobody.json", "nobody.json"),
        (
            "guardian = \"4cSM2e6rvbGQUFiJbqytoVMi5GgghSMr8LwVrT9VPSPo",
            "guardian = \"11111111111111111111111111111111",
            "protocol.guardian: is the default key",
        ),
        ("preset = \"BTC\"", "preset = \"DOGE\"", "unknown variant `DOGE`"),
        ("preset = \"BTC\"", "preset = \"ETH\"", "underlyings[1].preset: ETH is there twice"),
        ("max_age = 6", "max_age = 0", "underlyings[1]: params: "),
        ("max_age = 6", "max_age = 0", "max_age is 0, must be 5 to 600"),
        ("max_age = 6", "max_ages = 4", "unknown field `max_ages`"),
        // Fees of 8 and 3 basis points do not cover the latency of prices that are up to 50 s old.
        ("max_age = 6", "max_age = 50", "latency floor"),
        ("mint = \"XsD", "mint = \"0", "pools[0].mint: `0"),
        ("[\"ETH\", \"BTC\"]", "[]", "pools[0].underlyings: are 0, a pool has 1 to 4"),
        ("[\"ETH\", \"BTC\"]", "[\"ETH\", \"ETH\"]", "pools[0].underlyings: ETH is there twice"),
        ("main = \"2000.5\"", "main = \"-1\"", "pools[0].first_liquidity.main: `-1` is no number of tokens above 0"),
        ("main = \"2000.5\"", "major = \"1\"", "unknown field `major`"),
        ("fee_open_bps = 8", "fee_open_bps = 0", "fee_open_bps is 0, at least 1"),
        ("fee_open_bps = 8", "fee_main_bps = 5000", "pools[0].params"),
        ("[pools.params]", "scale = 99\n[pools.params]", "pools[0].scale: 99"),
    ] {
        let text = right().replacen(from, to, 1);
        assert_ne!(text, right(), "{from}");
        let error = parse(&text).expect_err(to).to_string();
        assert!(error.contains(words), "{to}: {error}");
        assert!(error.contains("clusters/test.toml"), "{error}");
    }
    let doubled = format!("{}[[pools]]\nmint = \"{MINT}\"\nunderlyings = [\"BTC\"]\n", right());
    assert!(parse(&doubled).unwrap_err().to_string().contains("pools[1].mint"));
    let without = right().replacen("[[underlyings]]\npreset = \"BTC\"\n", "", 1);
    let error = parse(&without).unwrap_err().to_string();
    assert!(error.contains("BTC has no [[underlyings]] table"), "{error}");
}

#[test]
fn keys_may_be_files_and_mints_names() {
    let folder = tempfile::tempdir().unwrap();
    let key = Keypair::new();
    write_keypair_file(&key, folder.path().join("lena.json")).unwrap();
    let text = right().replacen(&format!("admin = \"{ADMIN}\""), "admin = \"lena.json\"", 1);
    let text = text.replacen(MINT, "TSLA.M", 1);
    let mint_of = |name: &str| (name == "TSLA.M").then(|| MINT.to_owned());
    let cluster = Cluster::parse(&text, &folder.path().join("test.toml"), &mint_of).unwrap();
    assert_eq!(cluster.admin, key.pubkey());
    assert_eq!((cluster.pools[0].name.as_str(), cluster.pools[0].mint.to_string()), ("TSLA.M", MINT.to_owned()));
}

/// The files of this repository are valid once the addresses that only their operators know are filled in.
#[test]
fn the_files_here_are_valid_once_filled_in() {
    for (name, text) in [
        ("devnet", include_str!("../../clusters/devnet.toml")),
        ("mainnet", include_str!("../../clusters/mainnet.toml")),
    ] {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains("protocol.admin") || error.contains("mint"), "{name}: {error}");
        let filled = text.replace("\"FILL IN\"", &format!("\"{ADMIN}\""));
        let cluster = parse(&filled).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(cluster.name == name && cluster.genesis_hash.is_some());
        assert!(!cluster.pools.is_empty() && cluster.underlyings.len() == 2);
    }
}
