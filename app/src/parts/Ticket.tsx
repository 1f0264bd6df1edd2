// The ticket: what a strategy costs, to the unit, what it brings, and how the account stands afterwards.

import { signal, useSignal } from "@preact/signals";
import { EvergreenError } from "@evergreen/sdk";
import { ask } from "../lib/all";
import { complete } from "../lib/bridge";
import * as write from "../lib/format";
import { find, journal } from "../lib/journal";
import * as money from "../lib/money";
import { perform } from "../lib/pursue";
import { NetworkError } from "../lib/rpc";
import { balances, current, margin, own, owner, refresh, trying } from "../lib/state";
import * as ticket from "../lib/ticket";
import { practise } from "../lib/trial";
import { asking, connected } from "../lib/wallet";
import { t, type Word } from "../words";
import { told } from "../words/problems";
import { Faucet } from "./Faucet";
import { Plot } from "./Plot";
import { Field, Note, Refusal, Signed } from "./ui";
import { askWallet } from "./Wallet";

const BUSY = ["signing", "sending", "committed"];

export function Ticket() {
  const pool = current.value;
  const draft = ticket.draft.value;
  if (!pool || ticket.sides.value.length === 0) {
    return (
      <section class="card stack ticket" aria-label={t("ticket")}>
        <h2>{t("ticket")}</h2>
        <p class="empty">{t("emptyTicket")}</p>
      </section>
    );
  }
  const quote = draft?.quote ?? null;
  const symbol = pool.assets[ticket.sides.value[0]!.option.underlying]?.symbol;
  return (
    <section class="card stack ticket" aria-label={t("ticket")}>
      <div class="head">
        <h2>{t("ticket")}</h2>
        <div class="row">
          <ShareButton />
          <button type="button" class="button little" onClick={ticket.clear}>
            {t("remove")}
          </button>
        </div>
      </div>
      <ul class="stack tight" style={{ listStyle: "none", padding: 0, margin: 0 }}>
        {ticket.sides.value.map((side) => (
          <li class="head" key={`${side.option.put}${side.option.strike}${side.option.tenor}`}>
            <span>
              <strong class={side.long ? "gain" : "loss"}>{t(side.long ? "buy" : "write")}</strong> {money.option(pool, side.option)}
            </span>
            {ticket.sides.value.length > 1 && (
              <button
                type="button"
                class="button little"
                aria-label={`${t("remove")}: ${money.option(pool, side.option)}`}
                onClick={() => (ticket.sides.value = ticket.sides.value.filter((one) => one !== side))}
              >
                ×
              </button>
            )}
            <Coin side={side} />
          </li>
        ))}
      </ul>
      {!ticket.sides.value.every(({ points }) => points) && (
        <Field
          id="size"
          label={t("size")}
          value={ticket.typedSize.value}
          onInput={(value) => (ticket.typedSize.value = value)}
          unit={symbol}
          problem={ticket.points.value === null ? t("noAmount", { example: "0.1" }) : null}
          hint={
            ticket.largest.value && (
              <span>
                {t("largest")}:{" "}
                <button type="button" class="link" onClick={() => (ticket.typedSize.value = money.size(pool, ticket.largest.value!))}>
                  {money.coins(pool, ticket.largest.value, ticket.sides.value[0]!.option.underlying)}
                </button>
              </span>
            )
          }
        />
      )}
      {draft && (
        <Field
          label={t("depositFirst")}
          value={ticket.typedDeposit.value || write.decimal(draft.deposit, pool.pool.decimals).replace(/\.?0+$/, "")}
          onInput={(value) => (ticket.typedDeposit.value = value)}
          unit={pool.entry.name}
          problem={ticket.typedDeposit.value.trim() !== "" && draft.typed === null ? t("noAmount", { example: "5" }) : null}
          hint={
            <>
              {draft.least !== null && draft.least > 0n && <span>{t("leastDeposit", { amount: money.exact(pool, draft.least) })}</span>}
              {own.value && (
                <span>
                  {t("inWallet")}: {money.inWallet(pool)}
                </span>
              )}
            </>
          }
        />
      )}
      {draft?.refused && <Refusal problem={draft.refused.problem} />}
      {quote && draft && (
        <>
          <div class="head">
            <span class="quiet">{t(quote.net.startsWith("-") ? "youPay" : "youReceive")}</span>
            <span class="end">
              <span class="big" data-test="net" data-units={quote.net}>
                {money.worth(pool, quote.net.replace("-", "")).tokens}
              </span>
              <br />
              <span class="quiet">{money.worth(pool, quote.net.replace("-", "")).dollars}</span>
            </span>
          </div>
          <Payoff />
          <Cost />
          <After />
          <Confirm />
        </>
      )}
    </section>
  );
}

/** What one coin of a leg is worth, and how that moves. */
function Coin({ side }: { side: ticket.Side }) {
  const found = ticket.coins.value?.find(({ option }) => money.same(option, side.option))?.sensitivities;
  if (!found) return null;
  const { mark, delta, gamma, vega } = found;
  const facts: [Word, string][] = [
    ["mark", write.dollars(mark.decimal)],
    ["delta", write.number(delta.decimal, 3)],
    ["gamma", write.number(gamma.decimal, 4)],
    ["vega", write.dollars(vega.decimal)],
  ];
  return (
    <span class="row small quiet coin" data-test="coin">
      {facts.map(([word, text]) => (
        <span key={word}>
          {t(word)} <bdi dir="ltr">{text}</bdi>
        </span>
      ))}
    </span>
  );
}

function ShareButton() {
  const copied = useSignal(false);
  return (
    <button
      type="button"
      class="button little"
      onClick={async () => {
        const pool = current.value!;
        const to = `${location.origin}${location.pathname}#/trade/${pool.entry.pool}/${ticket.link()}`;
        await navigator.clipboard?.writeText(to).catch(() => undefined);
        copied.value = true;
      }}
    >
      {t(copied.value ? "linkCopied" : "share")}
    </button>
  );
}

function Payoff() {
  const [pool, curves] = [current.value!, ticket.payoff.value];
  if (!curves) return null;
  const shown = [0, 1, 7, 30];
  return (
    <div class="stack tight">
      <h3>{t("payoff")}</h3>
      <Plot pool={pool} curves={curves} days={ticket.days.value} />
      <label class="field">
        <span>
          {t("daysHeld")}: {write.days(ticket.days.value)}
        </span>
        <input type="range" min={0} max={60} value={ticket.days.value} onInput={(event) => (ticket.days.value = event.currentTarget.valueAsNumber)} />
      </label>
      <dl class="details small">
        {shown.map((count) => {
          const curve = curves.curves.find(({ days }) => days === count);
          return (
            curve && (
              <>
                <dt>
                  {t("breakEven")}
                  {t("comma")}
                  {count === 0 ? t("today") : t("afterDays", { days: write.days(count) })}
                </dt>
                <dd>{money.ranges(curve.gains)}</dd>
              </>
            )
          );
        })}
      </dl>
    </div>
  );
}

function Cost() {
  const [pool, { quote, deposit }] = [current.value!, ticket.draft.value as { quote: NonNullable<ticket.Draft["quote"]>; deposit: bigint }];
  const row = (words: string, amount: string, kind = "") => (
    <>
      <dt class={kind}>{words}</dt>
      <dd class={kind} dir="ltr" data-units={amount}>
        <Signed text={amount}>{money.exact(pool, amount, true)}</Signed>
      </dd>
    </>
  );
  // Neither a gain nor a loss.
  const plain = (words: string, amount: string) => (
    <>
      <dt>{words}</dt>
      <dd dir="ltr">{money.exact(pool, amount)}</dd>
    </>
  );
  return (
    <div class="stack tight">
      <h3>
        {t("costTaken")} <span class="small">({pool.entry.name})</span>
      </h3>
      <dl class="details">
        {quote.legs.map((leg) => (
          <>
            {quote.legs.length > 1 && (
              <dt class="small whole">
                {money.option(pool, leg.option)}
              </dt>
            )}
            {row(`${t("premiumMark")} · ${t("volatility")} ${write.percent(leg.sigma.decimal)}`, leg.mark, "under")}
            {row(t("spread"), leg.spread, "under")}
            {row(t("fee"), leg.fee === "0" ? "0" : `-${leg.fee}`, "under")}
          </>
        ))}
        {row(t("total"), quote.net, "total")}
        {quote.bond !== "0" && plain(t("bond"), quote.bond)}
        {row(t("fundingDay"), quote.fundingPerDay.startsWith("-") ? quote.fundingPerDay.slice(1) : quote.fundingPerDay === "0" ? "0" : `-${quote.fundingPerDay}`)}
        {/* Who only closes gains and loses nothing any more. */}
        {quote.addsRisk && row(t("gainAtMost"), quote.outcome.best, "gainAtMost")}
        {quote.addsRisk && row(t("loseAtMost"), quote.outcome.worst, "loseAtMost")}
        {quote.addsRisk && quote.outcome.givesUp && <dt class="small whole">{t("gainCompared")}</dt>}
        {deposit > 0n && plain(t("depositFirst"), deposit.toString())}
      </dl>
      <p class="small quiet">{t("exact")}</p>
    </div>
  );
}

function After() {
  const [pool, draft] = [current.value!, ticket.draft.value!];
  const { after, reserved } = draft.quote!;
  const prices = ticket.liquidation.value?.filter(({ underlying }) => draft.legs.some(({ option }) => option.underlying === underlying));
  return (
    <div class="stack tight">
      <h3>{t("after")}</h3>
      <dl class="details">
        <dt>{t("cash")}</dt>
        <dd dir="ltr">{money.worth(pool, after.cash).tokens}</dd>
        <dt>{t("health")}</dt>
        <dd dir="ltr">{money.worth(pool, after.maintenanceHealth).tokens}</dd>
        {prices?.map(({ underlying, down, up }) => (
          <>
            <dt>
              {t("liquidationPrices")}
              {t("comma")}
              {pool.assets[underlying]?.symbol}
            </dt>
            <dd dir="ltr" data-test="liquidation">
              {[down && `↓ ${write.dollars(down.decimal, 0)}`, up && `↑ ${write.dollars(up.decimal, 0)}`].filter(Boolean).join(" · ") || t("none")}
            </dd>
          </>
        ))}
        <dt>{t("runway")}</dt>
        <dd>{after.runway ? write.span(after.runway) : t("forever")}</dd>
        <dt>{t("lockedForYou")}</dt>
        <dd dir="ltr">{money.worth(pool, reserved).tokens}</dd>
      </dl>
    </div>
  );
}

function Confirm() {
  const [pool, draft] = [current.value!, ticket.draft.value!];
  const waits = journal.value.some((entry) => BUSY.includes(entry.state) && entry.pool === pool.entry.pool && entry.kind === "trade" && entry.owner === owner.value);
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

async function trade() {
  if (clicked.value) return;
  clicked.value = true;
  refused.value = "";
  try {
    // Nobody signs numbers of before a sleep.
    const shown = current.peek();
    if (shown && Date.now() - shown.readAt > OLD) {
      await refresh(shown.entry);
      refused.value = t((current.peek()?.readAt ?? 0) > shown.readAt ? "stale" : "offline");
      return;
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
  const plan = ask("planTrade", { ...draft.question, owner: who, slippageBps: ticket.slippage.value });
  const legs = quote.legs.map((leg) => ({
    option: leg.option,
    points: leg.points,
    words: money.option(pool, leg.option),
    premium: leg.premium,
    fee: leg.fee,
    spot: leg.spot.bits,
    sigma: leg.sigma.bits,
  }));
  const words = legs.map((leg) => `${t(leg.points.startsWith("-") ? "write" : "buy")} ${leg.words}`).join(" + ");
  const { entry } = pool;
  const about = { kind: "trade" as const, words, pool: entry.pool, poolName: entry.name, decimals: pool.pool.decimals, owner: who, account: plan.account };
  scrollTo({ top: 0, behavior: ticket.motion() });
  await perform({ ...about, legs, quoted: { net: quote.net, fee: quote.fee, least: plan.minNet } }, async () => {
    // The question is answered anew at the prices of the click.
    const [fresh, bytes] = [current.value!, margin.value?.bytes ?? null];
    const again = { ...draft.question, view: fresh.view, account: bytes, owner: who, minNet: plan.minNet };
    return ask("planTrade", again).instructions;
  }).then((id) => {
    // What was signed is no longer a draft; what was not can be tried again.
    if (find(id)?.state !== "unsigned") ticket.clear();
  });
}
