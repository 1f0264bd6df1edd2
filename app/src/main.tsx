// The page: what stands around all views.

import { effect, signal } from "@preact/signals";
import { render, type ComponentChildren } from "preact";
import { complete, load } from "./lib/bridge";
import { config, loadConfig } from "./lib/config";
import { journal } from "./lib/journal";
import { resume } from "./lib/pursue";
import { connect, online } from "./lib/rpc";
import { notices } from "./lib/settings";
import { follow, refreshOwner, selected, stopTrying, trying, watched } from "./lib/state";
import { begin, changed, connected } from "./lib/wallet";
import * as write from "./lib/format";
import { later } from "./parts/Later";
import { settings } from "./parts/open";
import { Loading, Note } from "./parts/ui";
import { WalletButton } from "./parts/Wallet";
import { Trade } from "./views/Trade";
import { speak, t, type Word } from "./words";

// What a first visit does not show is fetched when it is looked at.
const Portfolio = later(async () => (await import("./views/Portfolio")).Portfolio);
const Liquidity = later(async () => (await import("./views/Liquidity")).Liquidity);
const Markets = later(async () => (await import("./views/Markets")).Markets);
const Leaders = later(async () => (await import("./views/Leaders")).Leaders);
const History = later(async () => (await import("./views/History")).History);
const UnderWay = later(async () => (await import("./parts/UnderWay")).UnderWay, false);
const Settings = later(async () => (await import("./parts/Settings")).Settings, false);

const route = signal<string[]>([]);
const failed = signal("");
const ready = signal(false);
/** Why it could not be tried out. */
const untried = signal("");

const VIEWS: [string, Word][] = [
  ["trade", "trade"],
  ["portfolio", "portfolio"],
  ["liquidity", "liquidity"],
  ["markets", "markets"],
  ["history", "history"],
];

/** The view under which others stand. */
const WITHIN: Record<string, string> = { address: "portfolio", try: "trade", leaders: "markets" };

function read(): void {
  route.value = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean);
  const [view, one] = route.value;
  if ((view === "trade" || view === "leaders") && one && !trying.peek()) selected.value = one;
  if (view === "address" && one) watched.value = one;
  if (view === "try" && ready.peek() && !trying.peek()) attempt();
}

/** Opens the pool made up in memory; what that needs may have to be fetched. */
function attempt(): void {
  untried.value = "";
  const made = import("./lib/trial").then(({ tryOut }) => tryOut());
  made.catch((error: unknown) => (untried.value = error instanceof Error ? error.message : String(error)));
}

function View() {
  const [view = "trade", , two] = route.value;
  switch (view) {
    case "portfolio":
    case "address":
      return <Portfolio />;
    case "liquidity":
      return <Liquidity />;
    case "markets":
      return <Markets />;
    case "leaders":
      return <Leaders />;
    case "history":
      return <History />;
    default:
      return <Trade link={two} />;
  }
}

function Page() {
  const [view = "trade"] = route.value;
  const active = WITHIN[view] ?? view;
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}>
        {t("skip")}
      </a>
      <header class="top">
        <a class="brand" href="#/trade">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="7" fill="#14532d" />
            <path d="M16 5l7 10h-4l5 7h-6v5h-4v-5H8l5-7H9z" fill="#86efac" />
          </svg>
          <span>Evergreen</span>
        </a>
        {config.value && config.value.network !== "mainnet" && (
          <span class="badge">{config.value.network === "localnet" ? t("localnet") : config.value.network}</span>
        )}
        <nav aria-label="Evergreen">
          {VIEWS.map(([path, word]) => (
            <a key={path} href={`#/${path}`} aria-current={path === active ? "page" : undefined}>
              {t(word)}
            </a>
          ))}
        </nav>
        <div class="row grow">
          <button type="button" class="button" aria-label={t("settings")} onClick={() => (settings.value = true)}>
            <span aria-hidden="true">⚙</span>
          </button>
          <WalletButton />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <Banners />
        {failed.value ? (
          <p class="empty" role="alert">
            {failed.value}
          </p>
        ) : ready.value ? (
          <>
            {journal.value.length > 0 && <UnderWay />}
            <View />
          </>
        ) : (
          <Loading />
        )}
      </main>
      <footer>
        <span>{t("footer")}</span>
        {!trying.value && (
          <button type="button" class="link" onClick={() => (attempt(), (location.hash = "#/trade"))}>
            {t("tryIt")}
          </button>
        )}
        <WatchForm />
      </footer>
      {settings.value && <Settings />}
    </>
  );
}

function Banners() {
  const banner = (kind: "" | "warn", words: string, action?: ComponentChildren) => (
    <Note kind={kind} role="status">
      <div class="head">
        <span class="wrap">{words}</span>
        {action}
      </div>
    </Note>
  );
  const button = (words: string, act: () => void) => (
    <button type="button" class="button little" onClick={act}>
      {words}
    </button>
  );
  return (
    <>
      {!online.value && banner("warn", t("offline"))}
      {changed.value && banner("warn", t("walletChanged"), button(t("ok"), () => (changed.value = false)))}
      {untried.value && banner("warn", t("errorOther", { why: untried.value }), button(t("ok"), () => (untried.value = "")))}
      {trying.value && banner("", t("trying"), button(t("leave"), stopTrying))}
      {watched.value && !trying.value && banner("", t("watching", { who: write.short(watched.value) }), button(t("leave"), () => ((watched.value = null), (location.hash = "#/trade"))))}
    </>
  );
}

const typed = signal("");
const wrong = signal(false);

function WatchForm() {
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        const address = typed.value.trim();
        wrong.value = !/^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(address);
        if (!wrong.value) location.hash = `#/address/${address}`;
      }}
    >
      <input
        class="input"
        style={{ inlineSize: "220px", minBlockSize: "28px", padding: "2px 8px" }}
        aria-label={t("watchAddress")}
        placeholder={t("watchAddress")}
        aria-invalid={wrong.value ? "true" : undefined}
        dir="ltr"
        value={typed.value}
        onInput={(event) => (typed.value = event.currentTarget.value)}
      />
      <button type="submit" class="button little">
        {t("show")}
      </button>
      {wrong.value && <span role="alert">{t("noAddress")}</span>}
    </form>
  );
}

async function start(): Promise<void> {
  addEventListener("hashchange", read);
  const root = document.getElementById("app")!;
  // All of it comes at the same time.
  const loading = Promise.all([load(), loadConfig()]);
  loading.catch(() => undefined);
  try {
    await speak();
  } catch {
    // Without words there is nothing to say it with but these.
    root.textContent = "Evergreen could not be loaded. Please reload the page.";
    return;
  }
  render(<Page />, root);
  try {
    await loading;
  } catch (error) {
    failed.value = t("errorOther", { why: error instanceof Error ? error.message : String(error) });
    return;
  }
  connect(config.value!.rpc);
  ready.value = true;
  read();
  begin(config.value!.network);
  follow();
  resume();
  const { history } = config.value!;
  if (history) void import("./lib/live").then(({ listen }) => listen(history));
  // Whoever has connected a wallet signs before long: what that needs comes meanwhile.
  effect(() => {
    if (!connected.value) return;
    void complete().catch(() => undefined);
    void Promise.all([import("./lib/transaction"), import("./parts/Confirm"), import("./parts/UnderWay")]).catch(() => undefined);
  });
  // Who wants notices is told; nobody else fetches what watches for them.
  let watching = false;
  effect(() => {
    if (watching || notices.value !== "on") return;
    watching = true;
    void Promise.all([import("./lib/notify"), complete()]).then(
      ([{ watch }]) => watch(),
      () => (watching = false),
    );
  });
  // What has ended has changed accounts.
  effect(() => {
    void journal.value.map(({ state }) => state).join();
    void refreshOwner();
  });
  effect(() => {
    const shown = route.value[0] === "address" ? "portfolio" : route.value[0];
    const word = shown === "leaders" ? "leaders" : (VIEWS.find(([path]) => path === shown)?.[1] ?? "trade");
    document.title = `${t(word)} · Evergreen`;
  });
}

void start();
