//! A page that calls the bridge.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use evergreen_sdk::{accounts, evergreen::state::SeriesId, quote::PoolView};
use evergreen_web::{Views, respond};
use serde_json::{Value, json};

/// A page with a made-up pool that is held, and an account in it.
pub struct Page {
    views: Views,
    made: Value,
    /// Names the pool.
    pub view: Value,
}

impl Page {
    /// Opens the scene of a seed.
    pub fn of_scene(seed: u64, positions: usize) -> Self {
        let mut page = Self { views: Views::default(), made: Value::Null, view: Value::Null };
        page.made = page.ok("scene", json!({ "seed": seed.to_string(), "positions": positions }));
        page.view = page.ok("openView", page.made["pool"].clone())["view"].clone();
        page
    }

    /// Returns the made-up pool as the bridge told it.
    pub const fn made_up(&self) -> &Value {
        &self.made
    }

    /// Frees slots of the registry, and holds that pool instead.
    pub fn free_slots(&mut self, slots: std::ops::Range<usize>) {
        let bytes = STANDARD.decode(self.made["pool"]["registry"].as_str().expect("bytes")).expect("base64");
        let mut registry = accounts::registry(&bytes).expect("a registry");
        registry.series[slots].fill(bytemuck::Zeroable::zeroed());
        let changed = [&bytes[..8], bytemuck::bytes_of(&*registry)].concat();
        self.made["pool"]["registry"] = STANDARD.encode(changed).into();
        self.view = self.ok("openView", self.made["pool"].clone())["view"].clone();
    }

    /// Returns a question about pool and account.
    pub fn ask(&self, mut more: Value) -> Value {
        more["view"] = self.view.clone();
        more["account"] = self.made["account"].clone();
        more
    }

    pub fn call(&mut self, name: &str, ask: Value) -> Value {
        let text = json!({ "call": name, "ask": ask }).to_string();
        serde_json::from_str(&respond(text.as_bytes(), &mut self.views)).expect("JSON")
    }

    pub fn ok(&mut self, name: &str, ask: Value) -> Value {
        let mut answer = self.call(name, ask);
        assert!(answer.get("ok").is_some(), "{name}: {answer}");
        answer["ok"].take()
    }
}

/// Returns the name of a series' option.
pub fn option_of(view: &PoolView, series: SeriesId) -> Value {
    let option = view.registry.option(series).expect("an option");
    json!({
        "underlying": option.underlying, "put": option.put, "strike": option.strike.to_string(), "tenor": option.tenor, "capBps": option.cap_bps,
    })
}
