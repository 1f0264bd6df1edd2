//! A local market: what there is, its clock, its prices.

use crate::{
    local_market::{
        control::{Request, State},
        setup::User,
        stock::Stock,
    },
    output::{date, details, span},
};
use evergreen_sdk::convert::Decimal;
use serde::Serialize;

/// Most stocks that are listed for people.
const SHOWN: usize = 5;

/// What a start tells.
#[derive(Debug, Serialize)]
pub struct Ready {
    /// URL of JSON-RPC.
    pub rpc_url: String,
    /// URL of the websocket.
    pub ws_url: String,
    /// Address of the program.
    pub program: String,
    /// Folder of its files.
    pub folder: String,
    /// Its configuration file.
    pub config: String,
    /// Its stocks.
    pub stocks: Vec<Stock>,
    /// Its users.
    pub users: Vec<User>,
    /// Of a market that goes on: where from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continues: Option<String>,
    /// Address of its web app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Where its prices come from, and what was changed of them.
    pub prices: Vec<String>,
}

impl Ready {
    /// The text for people.
    pub fn text(&self, bare: bool) -> String {
        let mut rows = vec![
            ("JSON-RPC", self.rpc_url.clone()),
            ("websocket", self.ws_url.clone()),
            ("program", self.program.clone()),
            ("files", self.folder.clone()),
        ];
        rows.extend(self.app.iter().map(|url| ("app", url.clone())));
        rows.extend(self.continues.iter().map(|words| ("continues", words.clone())));
        rows.extend(self.prices.iter().map(|note| ("prices", note.clone())));
        for stock in self.stocks.iter().take(SHOWN) {
            rows.push(("stock", format!("{} at {} (${}), {}", stock.name, stock.mint, stock.price, stock.kind)));
        }
        if self.stocks.len() > SHOWN {
            let more = self.stocks.len() - SHOWN;
            rows.push(("", format!("and {more} more pools: `evergreen pool list`, or {}/market.json", self.folder)));
        }
        for user in &self.users {
            rows.push(("user", format!("{}: {}, {}", user.name, user.address, user.keypair)));
        }
        let next = if bare {
            format!("  evergreen init --keypair {}/admin.json", self.folder)
        } else {
            let trade = "buy --pool TSLA.M --underlying BTC --call --strike atm --size 0.1BTC";
            format!("  evergreen quote {trade}\n  evergreen trade {trade} --deposit 5")
        };
        format!(
            "{}\n\nIn another terminal:\n\n  export EVERGREEN_CONFIG={}\n  evergreen doctor\n{next}\n\nIt ends with Ctrl-C, and goes on in the same folder when it is started again (`--fresh` begins anew).",
            details(&rows),
            self.config
        )
    }
}

/// Clock and prices, for people.
pub fn state(state: &State) -> String {
    let mut running = match (state.paused, state.speed) {
        (true, _) => "it stands still".to_owned(),
        (false, 1) => "it runs".to_owned(),
        (false, speed) => format!("it runs, {speed} seconds in one"),
    };
    if state.hurries {
        running += ", and jumps to what is waited for";
    }
    let mut rows = vec![("clock", format!("{}; {running}", date(state.unix_timestamp)))];
    let path = if state.unix_timestamp > state.path_ends {
        format!("its path has ended at {}: it stays", date(state.path_ends))
    } else {
        format!("follows its path, which ends at {}", date(state.path_ends))
    };
    for price in &state.prices {
        let how = if price.set { "set; `evergreen localnet price follow` ends that" } else { &*path };
        rows.push((price.underlying.as_str(), format!("${}, {how}", price.dollars)));
    }
    details(&rows)
}

/// What a request does, in words.
pub fn request(request: Request) -> String {
    match request {
        Request::Show => "show clock and prices".into(),
        Request::Pause => "pause the clock".into(),
        Request::Resume => "let the clock run".into(),
        Request::Advance(seconds) => format!("move the clock forward by {}", span(seconds.into())),
        Request::Set(symbol, price) => {
            format!("set {} to ${}", symbol.name(), Decimal::from_i128_with_scale(price.into(), 8).normalize())
        }
        Request::Save => "write the market into a file".into(),
        Request::Follow(Some(symbol)) => format!("let {} follow its path", symbol.name()),
        Request::Follow(None) => "let all prices follow their path".into(),
    }
}
