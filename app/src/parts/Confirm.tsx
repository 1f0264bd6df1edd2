// The end of the ticket: what is missing, the button, and what it does.

import { signal } from "@preact/signals";
import { EvergreenError } from "@evergreen/sdk";
import { ask } from "../lib/all";
import { complete } from "../lib/bridge";
import * as write from "../lib/format";
import { find, journal } from "../lib/journal";
import * as money from "../lib/money";
import { perform } from "../lib/pursue";
import { NetworkError } from "../lib/rpc";
import { accountOf, balances, current, margin, own, owner, refresh, refreshOwner, trying } from "../lib/state";
import * as ticket from "../lib/ticket";
import { practise } from "../lib/trial";
import { asking, connected } from "../lib/wallet";
import { t } from "../words";
import { told } from "../words/problems";
import { Faucet } from "./Faucet";
import { Note } from "./ui";
import { askWallet } from "./Wallet";

const BUSY = ["signing", "sending", "committed"];

export function Confirm() {
  const [pool, draft] = [current.value!, ticket.draft.value!];
  const waits = journal.value.some((entry) => BUSY.includes(entry.state) && entry.account === margin.value?.key && entry.kind === "trade" && entry.owner === owner.value);
  // An account has one commitment at a time, whoever has made it.
  const committed = (margin.value?.decoded?.commitment.committedAt ?? "0") !== "0";
  if (trying.value) {
    return (
      <button
        type="button"
        class="button main wide"
        onClick={() => {
          practise(pool, draft.question);
          ticket.clear();
        }}
      >
        {t("confirmTry")}
      </button>
    );
  }
  if (!own.value) {
    return (
      <button type="button" class="button main wide" onClick={askWallet}>
        {t("notYet")}
      </button>
    );
  }
  const { lamports, tokens } = balances.value;
  const have = tokens[pool.entry.pool] ?? 0n;
  const poor = have < draft.deposit;
  const noSol = lamports !== null && lamports < 10_000_000n;
  return (
    <div class="stack">
      {poor && <Note kind="warn">{t("errorNoToken", { token: pool.entry.name, have: money.exact(pool, have), need: money.exact(pool, draft.deposit) })}</Note>}
      {noSol && <Note kind="warn">{t("errorNoSol")}</Note>}
      {(waits || committed) && <Note>{t("refuseOpen")}</Note>}
      <Faucet needed={poor || noSol} />
      <label class="head small">
        <span class="quiet">{t("slippage")}</span>
        <select
          class="input"
          style={{ inlineSize: "110px" }}
          value={String(ticket.slippage.value)}
          onChange={(event) => (ticket.slippage.value = Number(event.currentTarget.value))}
        >
          {[50, 100, 300, 1000].map((bps) => (
            <option key={bps} value={String(bps)}>
              {write.percent(`${bps}e-4`)}
            </option>
          ))}
        </select>
      </label>
      {refused.value && (
        <Note kind="bad" role="alert">
          {refused.value}
        </Note>
      )}
      <button type="button" class="button main wide" disabled={poor || waits || committed || asking.value !== null} onClick={trade}>
        {asking.value ? t("connecting", { wallet: asking.value }) : t("confirm")}
      </button>
      <p class="small quiet">{t("commitExplained")}</p>
    </div>
  );
}

/** Milliseconds after which what was read is old: several rounds of reading have failed, or the machine has slept. */
const OLD = 20_000;

/** Why the last click has led to nothing. */
const refused = signal("");
const clicked = signal(false);

/** What whoever signs has seen: what the trade comes to, and what is paid in with it. */
function numbers(): string {
  const { quote, deposit } = ticket.draft.peek() ?? {};
  return [quote?.net, quote?.fee, quote?.bond, deposit].join();
}

async function trade() {
  if (clicked.value) return;
  clicked.value = true;
  refused.value = "";
  try {
    // Nobody signs numbers of before a sleep: they are read anew, and those that are still the same are signed.
    const shown = current.peek();
    if (shown && Date.now() - shown.readAt > OLD) {
      const seen = numbers();
      await Promise.all([refresh(shown.entry), refreshOwner()]);
      const isRead = (current.peek()?.readAt ?? 0) > shown.readAt;
      if (!isRead || numbers() !== seen) {
        refused.value = t(isRead ? "stale" : "offline");
        return;
      }
    }
    // What makes instructions is here already, unless the wallet was connected a moment ago. Everything is read after it has come.
    await complete();
    await commit();
  } catch (error) {
    // What the quote has not told: the fill's limit, bond and tip are refused at the commitment. Or what makes instructions could not be fetched.
    if (!(error instanceof EvergreenError) && !(error instanceof NetworkError)) throw error;
    refused.value = error instanceof EvergreenError ? told(error.problem).words : t("errorNetwork", { why: error.message });
  } finally {
    clicked.value = false;
  }
}

async function commit() {
  const [pool, draft, who] = [current.value, ticket.draft.value, connected.value?.account.address];
  const quote = draft?.quote;
  if (!pool || !quote || !who) return;
  const plan = ask("planTrade", { ...draft.question, subAccount: draft.subAccount, owner: who, slippageBps: ticket.slippage.value });
  const legs = quote.legs.map((leg) => ({
    option: leg.option,
    points: leg.points,
    words: money.option(pool, leg.option),
    premium: leg.premium,
    fee: leg.fee,
    spot: leg.spot.bits,
    sigma: leg.sigma.bits,
  }));
  const words = legs.map((leg) => `${t(leg.points.startsWith("-") ? "write" : "buy")} ${leg.words}`).join(" + ") + money.numbered(draft.subAccount);
  const { entry } = pool;
  const about = { kind: "trade" as const, words, pool: entry.pool, poolName: entry.name, decimals: pool.pool.decimals, owner: who, account: plan.account };
  scrollTo({ top: 0, behavior: ticket.motion() });
  await perform({ ...about, legs, quoted: { net: quote.net, fee: quote.fee, least: plan.minNet } }, async () => {
    // The question is answered anew at the prices of the click.
    const [fresh, bytes] = [current.value!, accountOf(plan.account)?.bytes ?? null];
    const again = { ...draft.question, view: fresh.view, account: bytes, subAccount: draft.subAccount, owner: who, minNet: plan.minNet };
    return ask("planTrade", again).instructions;
  }).then((id) => {
    // What was signed is no longer a draft; what was not can be tried again.
    if (find(id)?.state !== "unsigned") ticket.clear();
  });
}
