// Trading: a simple view of ready strategies, and the chain.

import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Answer } from "@evergreen/sdk";
import { tryAsk } from "../lib/bridge";
import { config } from "../lib/config";
import * as write from "../lib/format";
import * as money from "../lib/money";
import { mode } from "../lib/settings";
import { current, failures, margin, selected, trying } from "../lib/state";
import * as ticket from "../lib/ticket";
import { Ticket } from "../parts/Ticket";
import { Choice, Field, Loading, Note, Signed } from "../parts/ui";
import { t } from "../words";
import { told } from "../words/problems";

export function Trade({ link }: { link: string | undefined }) {
  useEffect(() => {
    if (link) ticket.read(decodeURIComponent(link));
  }, [link]);
  const pool = current.value;
  const failure = failures.value[selected.value];
  if (!pool) return failure ? <Note kind="bad" role="alert">{t("poolMissing", { why: failure })}</Note> : <Loading />;
  const asset = pool.assets[ticket.asset.value] ?? pool.assets[0]!;
  if (!asset.tenors.includes(ticket.tenor.value)) ticket.tenor.value = asset.tenors[0] ?? 0;
  const spot = pool.statistics.underlyings[asset.place]?.spot;
  return (
    <>
      <div class="head market">
        <div class="row">
          <h1 class="hidden">{t("trade")}</h1>
          <Choice
            label={t("markets")}
            value={String(asset.place)}
            options={pool.assets.map((one) => [String(one.place), one.symbol] as const)}
            onChange={(place) => {
              ticket.asset.value = Number(place);
              ticket.clear();
              ticket.typedSize.value = place === "0" ? "0.1" : "1";
            }}
          />
          <span class="big" dir="ltr" data-test="spot">
            {spot ? write.dollars(spot.decimal) : "—"}
          </span>
          {!trying.value && (
            <label class="row small">
              <span class="quiet">{t("pool")}</span>
              <select class="input" style={{ inlineSize: "auto" }} value={selected.value} onChange={(event) => (selected.value = event.currentTarget.value)}>
                {config.value?.pools.map((entry) => (
                  <option key={entry.pool} value={entry.pool}>
                    {entry.name}
                  </option>
                ))}
              </select>
            </label>
          )}
        </div>
        <Choice
          label={t("trade")}
          value={mode.value}
          options={[
            ["simple", t("simple")],
            ["pro", t("pro")],
          ]}
          onChange={(value) => (mode.value = value)}
        />
      </div>
      {failure && <Note kind="warn">{t("poolMissing", { why: failure })}</Note>}
      <div class="split">
        {mode.value === "simple" ? <Simple /> : <Chain />}
        <Ticket />
      </div>
    </>
  );
}

type Outlook = "Up" | "Down" | "Calm";
const outlook = signal<Outlook>("Up");
const reach = signal(1000);
const budget = signal("2");
const REACHES = [300, 500, 1000, 2000];

const proposals = computed(() => {
  const pool = current.value;
  if (!pool) return null;
  const most = write.units(budget.value, pool.pool.decimals);
  if (!most) return null;
  const account = margin.value?.bytes ?? null;
  const found = tryAsk("proposals", {
    view: pool.view,
    account,
    // Whatever is missing is paid in with the trade.
    deposit: 1n << 50n,
    underlying: ticket.asset.value,
    tenor: ticket.tenor.value,
    outlook: outlook.value,
    reachBps: reach.value,
    budget: most,
  });
  return "ok" in found ? found.ok.trades : null;
});

function Simple() {
  const pool = current.value!;
  const asset = pool.assets[ticket.asset.value]!;
  const found = proposals.value;
  return (
    <div class="stack">
      <section class="card stack">
        <h2>{t("whatDoYouExpect", { asset: asset.symbol })}</h2>
        <Choice
          block
          label={t("whatDoYouExpect", { asset: asset.symbol })}
          value={outlook.value}
          options={[
            ["Up", `↑\u00a0${t("up")}`],
            ["Down", `↓\u00a0${t("down")}`],
            ["Calm", `↔\u00a0${t("calm")}`],
          ]}
          onChange={(value) => (outlook.value = value)}
        />
        <div class="field">
          <span>{t("howFar")}</span>
          <Choice
            block
            label={t("howFar")}
            value={String(reach.value)}
            options={REACHES.map((bps) => [String(bps), t(outlook.value === "Calm" ? "within" : "byAbout", { percent: write.percent(`${bps}e-4`, 0) })] as const)}
            onChange={(value) => (reach.value = Number(value))}
          />
        </div>
        <div class="field">
          <span>{t("byWhen")}</span>
          <TenorChoice tenors={asset.tenors} block />
        </div>
        <Field
          label={t("budget")}
          value={budget.value}
          onInput={(value) => (budget.value = value)}
          unit={pool.entry.name}
          problem={write.units(budget.value, pool.pool.decimals) ? null : t("noAmount", { example: "2" })}
        />
      </section>
      {found && (
        <div class="cards three">
          {found.map((one) => (
            <Proposal key={one.proposal} one={one} />
          ))}
        </div>
      )}
    </div>
  );
}

function Proposal({ one }: { one: Answer<"proposals">["trades"][number] }) {
  const pool = current.value!;
  const { quote } = one;
  const chosen = one.legs.length === ticket.sides.value.length && one.legs.every((leg) => ticket.sides.value.some((side) => money.same(side.option, leg.option) && side.long === !leg.points.startsWith("-")));
  const choose = () => {
    ticket.sides.value = one.legs.map(({ option, points }) => ({ option, long: !points.startsWith("-") }));
    ticket.typedDeposit.value = "";
    const points = one.legs[0]!.points.replace("-", "");
    ticket.typedSize.value = money.size(pool, points);
    ticket.show();
  };
  const amount = (units: string) => money.worth(pool, units.replace("-", ""));
  return (
    <button type="button" class="card proposal" aria-pressed={chosen} disabled={!quote} onClick={choose}>
      <strong>{t(one.proposal)}</strong>
      <span class="small quiet">{t(`${one.proposal}Why`)}</span>
      <span class="small">
        {one.legs.map((leg) => (
          <span key={leg.option.strike + leg.option.put} style={{ display: "block" }}>
            <span class={leg.points.startsWith("-") ? "loss" : "gain"}>{t(leg.points.startsWith("-") ? "write" : "buy")}</span> {money.option(pool, leg.option)}
          </span>
        ))}
      </span>
      {quote ? (
        <dl class="details small">
          <dt>{t(quote.net.startsWith("-") ? "youPay" : "youReceive")}</dt>
          <dd dir="ltr">
            <strong>{amount(quote.net).tokens}</strong>
            <br />
            <span class="quiet">{amount(quote.net).dollars}</span>
          </dd>
          <dt>{t("fundingDay")}</dt>
          <dd dir="ltr">{money.worth(pool, quote.fundingPerDay).tokens}</dd>
          <dt>{t("gainAtMost")}</dt>
          <dd data-test="best" data-units={quote.outcome.best}>
            <Signed text={quote.outcome.best}>{money.worth(pool, quote.outcome.best, true).tokens}</Signed>
          </dd>
          <dt>{t("loseAtMost")}</dt>
          <dd data-test="worst" data-units={quote.outcome.worst}>
            <Signed text={quote.outcome.worst}>{money.worth(pool, quote.outcome.worst, true).tokens}</Signed>
          </dd>
          {quote.outcome.givesUp && <dt class="whole">{t("gainCompared")}</dt>}
        </dl>
      ) : (
        <span class="small quiet">
          {t("unavailable")}
          {one.problem && `: ${told(one.problem).words}`}
        </span>
      )}
    </button>
  );
}

function TenorChoice({ tenors, block }: { tenors: number[]; block?: boolean }) {
  return (
    <Choice
      {...(block ? { block } : {})}
      label={t("tenor")}
      value={String(ticket.tenor.value)}
      options={tenors.map((seconds) => [String(seconds), write.days(Math.round(seconds / 86_400))] as const)}
      onChange={(value) => {
        ticket.tenor.value = Number(value);
      }}
    />
  );
}

const greeks = signal(false);
/** Whether what is left to buy and to write is told, and open interest. */
const room = signal(false);
/** Strikes around the price. */
const around = signal("10");
const half = signal<"call" | "put">("call");

const chain = computed(() => {
  const [pool, points] = [current.value, ticket.points.value];
  if (!pool || points === null) return null;
  const account = margin.value?.bytes ?? null;
  const found = tryAsk("chain", { view: pool.view, account, underlying: ticket.asset.value, tenor: ticket.tenor.value, points, strikes: null, around: Number(around.value), room: room.value });
  return "ok" in found ? found.ok : null;
});

function Chain() {
  const pool = current.value!;
  const asset = pool.assets[ticket.asset.value]!;
  const found = chain.value;
  return (
    <section class="card stack">
      <div class="head">
        <TenorChoice tenors={asset.tenors} />
        <div class="row spaced">
          <div style={{ inlineSize: "190px" }}>
            <Field label={t("size")} value={ticket.typedSize.value} onInput={(value) => (ticket.typedSize.value = value)} unit={asset.symbol} problem={ticket.points.value === null ? t("noAmount", { example: "0.1" }) : null} />
          </div>
          <label class="row small">
            <input type="checkbox" checked={greeks.value} onChange={(event) => (greeks.value = event.currentTarget.checked)} />
            {t("greeks")}
          </label>
          <label class="row small">
            <input type="checkbox" checked={room.value} onChange={(event) => (room.value = event.currentTarget.checked)} />
            {t("room")}
          </label>
          <label class="row small">
            <input type="checkbox" checked={ticket.beside.value} onChange={(event) => (ticket.beside.value = event.currentTarget.checked)} />
            {t("beside")}
          </label>
          <label class="row small">
            {t("strikesShown")}
            <select class="input" style={{ inlineSize: "auto" }} value={around.value} onChange={(event) => (around.value = event.currentTarget.value)}>
              {["10", "20", "32"].map((count) => (
                <option key={count}>{count}</option>
              ))}
            </select>
          </label>
        </div>
      </div>
      <Choice
        block
        label={`${t("call")} / ${t("put")}`}
        value={half.value}
        options={[
          ["call", t("call")],
          ["put", t("put")],
        ]}
        onChange={(value) => (half.value = value)}
      />
      {found ? <ChainTable found={found} /> : <p class="empty">{t("unavailable")}</p>}
      <p class="small quiet">
        {pool.entry.name} · {t("spot")} <span dir="ltr">{found && write.dollars(found.spot.decimal)}</span>
      </p>
    </section>
  );
}

function ChainTable({ found }: { found: Answer<"chain"> }) {
  const pool = current.value!;
  const rows = found.rows.filter(({ option }) => option.put === (half.value === "put"));
  const spot = BigInt(found.spot.bits) >> 64n;
  const columns = 7 + (greeks.value ? 2 : 0) + (room.value ? 3 : 0);
  let marked = false;
  return (
    // Keyboards scroll it, too.
    <div class="scroll" tabIndex={0} role="region" aria-label={t(half.value)}>
      <table class="chain">
        <thead>
          <tr>
            <th class="strike">{t("strike")}</th>
            <th>{t("buy")}</th>
            <th>{t("write")}</th>
            <th>{t("volatility")}</th>
            <th>{t("delta")}</th>
            {greeks.value && <th>{t("gamma")}</th>}
            {greeks.value && <th>{t("vega")}</th>}
            <th>{t("fundingDay")}</th>
            {room.value && <th>{t("roomToBuy")}</th>}
            {room.value && <th>{t("roomToWrite")}</th>}
            {room.value && <th>{t("openInterest")}</th>}
            <th>{t("position")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.flatMap((row) => {
            const { option, sensitivities: sense } = row;
            const name = money.option(pool, option);
            const line =
              !marked && BigInt(option.strike) > spot ? (
                <tr class="spot" key="spot">
                  <td colSpan={columns}>
                    <div dir="ltr">{write.dollars(found.spot.decimal)}</div>
                  </td>
                </tr>
              ) : null;
            if (line) marked = true;
            const button = (long: boolean, net: string | null | undefined, problem: Answer<"chain">["rows"][number]["buyProblem"]) =>
              net == null ? (
                <span class="quiet" title={problem ? told(problem).words : undefined}>
                  –
                </span>
              ) : (
                <button
                  type="button"
                  class={`price ${long ? "buy" : "sell"}`}
                  dir="ltr"
                  aria-label={`${t(long ? "buy" : "write")} ${name}: ${money.worth(pool, net).tokens}`}
                  aria-pressed={ticket.sides.value.some((side) => side.long === long && money.same(side.option, option))}
                  onClick={(event) => ticket.choose(option, long, event.shiftKey || event.ctrlKey || event.metaKey)}
                >
                  {write.tokens(net.replace("-", ""), pool.pool.decimals, 4)}
                </button>
              );
            return [
              line,
              <tr key={`${option.strike}${option.capBps}`}>
                <td class="strike" dir="ltr">
                  {write.whole(option.strike)}
                </td>
                <td>{button(true, row.buy, row.buyProblem)}</td>
                <td>{button(false, row.sell, row.sellProblem)}</td>
                <td dir="ltr">{sense ? write.percent(sense.sigma.decimal) : "–"}</td>
                <td dir="ltr">{sense ? write.number(sense.delta.decimal, 3) : "–"}</td>
                {greeks.value && <td dir="ltr">{sense ? write.number(sense.gamma.decimal, 4) : "–"}</td>}
                {greeks.value && <td dir="ltr">{sense ? write.dollars(sense.vega.decimal) : "–"}</td>}
                <td dir="ltr">{sense ? write.dollars(sense.fundingPerDay.decimal) : "–"}</td>
                {room.value && <td dir="ltr">{row.roomToBuy ? write.number(money.size(pool, row.roomToBuy), 3) : "–"}</td>}
                {room.value && <td dir="ltr">{row.roomToSell ? write.number(money.size(pool, row.roomToSell), 3) : "–"}</td>}
                {room.value && <td dir="ltr">{write.number(money.size(pool, row.bought), 3)}</td>}
                <td>{row.held === "0" ? "" : <span class="held">{money.coins(pool, row.held, option.underlying)}</span>}</td>
              </tr>,
            ];
          })}
        </tbody>
      </table>
    </div>
  );
}
