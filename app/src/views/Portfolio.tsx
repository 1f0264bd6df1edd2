// What somebody holds and has written in a pool, how the account stands, and what would change it.

import { signal, useSignal } from "@preact/signals";
import type { Answer } from "@evergreen/sdk";
import { ask, tryAsk } from "../lib/all";
import * as write from "../lib/format";
import * as money from "../lib/money";
import { find, signing } from "../lib/journal";
import { statement, unread } from "../lib/past";
import { perform } from "../lib/pursue";
import * as net from "../lib/rpc";
import { accounts, balances, chosen, known, margins, own, owner, selected, trying, type Margin, type PoolState } from "../lib/state";
import * as ticket from "../lib/ticket";
import { connected } from "../lib/wallet";
import { Faucet } from "../parts/Faucet";
import { Found } from "../parts/Found";
import { ambiguous, Field, Loading, Note, Refusal, Signed } from "../parts/ui";
import { KINDS, usePast } from "./History";
import { Orders } from "./Orders";
import { t } from "../words";

export function Portfolio() {
  usePast();
  if (!owner.value && !trying.value) return <p class="empty">{t("connectFirst")}</p>;
  // Nobody knows yet what there is.
  if (!trying.value && (known.value.length === 0 || Object.keys(margins.value).length === 0)) return <Loading />;
  const shown = accounts.value.filter(({ margin }) => margin.bytes);
  return (
    <>
      <h1>{t("portfolio")}</h1>
      {shown.length === 0 && <p class="empty">{t("noAccount")}</p>}
      {shown.map(({ pool, margin }) => (
        <Account key={margin.key} pool={pool} margin={margin} />
      ))}
    </>
  );
}

function Account({ pool, margin }: { pool: PoolState; margin: Margin }) {
  const question = { view: pool.view, account: margin.bytes! };
  const state = tryAsk("quoteAccount", question);
  const held = tryAsk("positions", question);
  const prices = tryAsk("liquidationPrices", question);
  const told = trying.value ? null : statement(pool, margin);
  const why = trying.value ? null : unread.value[margin.key];
  return (
    <section class="card stack">
      <div class="head">
        <div class="row">
          <h2>
            {pool.entry.name}
            {money.numbered(margin.subAccount)}
          </h2>
          <span class="small quiet">
            <Found kind="address" id={margin.key} />
          </span>
        </div>
        {own.value && <Move pool={pool} margin={margin} />}
      </div>
      {"ok" in state ? <Worth pool={pool} state={state.ok} /> : <Refusal problem={state.refused.problem} />}
      {why && <Note kind="warn">{t("errorNetwork", { why })}</Note>}
      <div class="cards two">
        {"ok" in state && <State pool={pool} state={state.ok} prices={"ok" in prices ? prices.ok.prices : []} />}
        {told && !why && <Performance pool={pool} told={told} />}
      </div>
      <h3>{t("positions")}</h3>
      {"ok" in held && held.ok.positions.length > 0 ? <Positions pool={pool} account={margin.subAccount} positions={held.ok.positions} holdings={told?.holdings ?? []} /> : <p class="quiet">{t("noPositions")}</p>}
      {!trying.value && <Orders pool={pool} margin={margin} positions={"ok" in held ? held.ok.positions : []} />}
      <WhatIf pool={pool} margin={margin} />
    </section>
  );
}

/** What the account is worth, and what is free of it. */
function Worth({ pool, state }: { pool: PoolState; state: Answer<"quoteAccount"> }) {
  const fact = (words: string, units: string) => {
    const { tokens, dollars } = money.worth(pool, units);
    return (
      <div class="stack tight">
        <span class="small quiet">{words}</span>
        <span class="big" dir="ltr">
          {tokens}
        </span>
        <span class="small quiet" dir="ltr">
          {dollars}
        </span>
      </div>
    );
  };
  return (
    <div class="cards four">
      {fact(t("equity"), state.equity)}
      {fact(t("cash"), state.cash)}
      {fact(t("health"), state.maintenanceHealth)}
      {fact(t("initialHealth"), state.initialHealth)}
    </div>
  );
}

/** How long it lasts, and at which prices it would be liquidated. */
function State({ pool, state, prices }: { pool: PoolState; state: Answer<"quoteAccount">; prices: Answer<"liquidationPrices">["prices"] }) {
  return (
    <div>
      <dl class="details">
        <dt>{t("fundingDay")}</dt>
        <dd dir="ltr">{money.worth(pool, state.fundingPerDay).tokens}</dd>
        <dt>{t("runway")}</dt>
        <dd>{state.runway ? write.span(state.runway) : t("forever")}</dd>
        {prices.map(({ underlying, down, up }) => (
          <>
            <dt>
              {t("liquidationPrices")}
              {t("comma")}
              {pool.assets[underlying]?.symbol}
            </dt>
            <dd dir="ltr">{[down && `↓ ${write.dollars(down.decimal, 0)}`, up && `↑ ${write.dollars(up.decimal, 0)}`].filter(Boolean).join(" · ") || t("none")}</dd>
          </>
        ))}
      </dl>
    </div>
  );
}

/** Profit and loss that adds up, to the unit. */
function Performance({ pool, told }: { pool: PoolState; told: Answer<"statement"> }) {
  const found = told.performance;
  if (!found) return told.gap ? <Note kind="warn">{t("incomplete", { why: told.gap })}</Note> : null;
  const row = (words: string, units: string, kind = "", always = true, isProfit = true) =>
    always || units !== "0" ? (
      <>
        <dt class={kind}>{words}</dt>
        <dd class={kind} data-units={units} dir="ltr">
          {isProfit ? <Signed text={units}>{money.exact(pool, units, true)}</Signed> : money.exact(pool, units, true)}
        </dd>
      </>
    ) : null;
  const { dollars } = money.worth(pool, found.profit, true);
  return (
    <div class="stack tight">
      <h3>
        {t("profit")} <span class="small">({pool.entry.name})</span>
      </h3>
      <dl class="details">
        {told.realised.map(({ kind, amount }) => row(t(KINDS[kind] ?? "event"), amount, "under", false))}
        {row(t("PnlRealised"), found.realised, "realised")}
        {row(t("PnlOpen"), found.positions)}
        {row(t("PnlFunding"), found.funding, "", false)}
        {row(t("PnlEnded"), found.ended, "", false)}
        {row(t("PnlLosses"), found.losses, "", false)}
        {row(t("profit"), found.profit, "total")}
        <dt />
        <dd class="small quiet" dir="ltr">
          {dollars}
        </dd>
        {/* Neither a gain nor a loss. */}
        {row(t("PnlDeposits"), found.deposits, "", true, false)}
        {row(t("PnlWithdrawals"), found.withdrawals, "", false, false)}
        {row(t("PnlSetAside"), found.setAside.toString(), "", false, false)}
      </dl>
    </div>
  );
}

function Positions({ pool, account, positions, holdings }: { pool: PoolState; account: number; positions: Answer<"positions">["positions"]; holdings: Answer<"statement">["holdings"] }) {
  const cost = ({ series }: (typeof positions)[number]) => holdings.find((one) => one.series.slot === series.slot && one.series.generation === series.generation);
  const act = (position: (typeof positions)[number], roll: boolean) => {
    selected.value = pool.entry.pool;
    chosen.value = { ...chosen.value, [pool.entry.pool]: account };
    const { option, points } = position;
    const opposite = { option, long: points.startsWith("-"), points: (-BigInt(points)).toString() };
    const asset = pool.assets[option.underlying]!;
    // The longest tenor that is not this one, with the cap that is offered there.
    const others = asset.params.tenors.filter(({ seconds }) => seconds > 0 && seconds !== option.tenor);
    const other = others.sort((a, b) => a.seconds - b.seconds).at(-1);
    const next = other && {
      option: { ...option, tenor: other.seconds, capBps: option.put ? other.putCapBps : other.callCapBps },
      long: !points.startsWith("-"),
      points,
    };
    ticket.asset.value = option.underlying;
    ticket.tenor.value = option.tenor;
    ticket.typedDeposit.value = "";
    ticket.sides.value = roll && next ? [opposite, next] : [opposite];
    location.hash = trying.value ? "#/trade" : `#/trade/${pool.entry.pool}`;
  };
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t("positions")}>
      <table class="list">
        <thead>
          <tr>
            {[t("position"), t("size"), t("entry"), t("mark"), t("value"), t("fundingDay"), `${t("breakEven")}${t("comma")}${write.days(7)}`, t("atCap"), t("delta"), ""].map((words, place) =>
              words ? <th key={place}>{words}</th> : <td key={place} />,
            )}
          </tr>
        </thead>
        <tbody>
          {positions.map((position) => (
            <tr key={`${position.series.slot}.${position.series.generation}`}>
              <td>{money.option(pool, position.option)}</td>
              <td data-name={t("size")}>
                <Signed text={position.points}>{money.coins(pool, position.points, position.option.underlying)}</Signed>
              </td>
              <td data-name={t("entry")} dir="ltr">
                {cost(position)?.entry ? write.dollars(cost(position)!.entry!.decimal) : "–"}
              </td>
              <td data-name={t("mark")} dir="ltr">
                {write.dollars(position.mark.decimal)}
              </td>
              <td data-name={t("value")} dir="ltr">
                {money.worth(pool, position.value).tokens}
              </td>
              <td data-name={t("fundingDay")} dir="ltr">
                {money.worth(pool, position.fundingPerDay).tokens}
              </td>
              <td data-name={t("breakEven")} dir="ltr">
                {cost(position)?.breakEven ? write.dollars(cost(position)!.breakEven!.decimal, 0) : "–"}
              </td>
              <td data-name={t("atCap")} data-test="atCap" data-units={position.atCap} dir="ltr">
                {money.worth(pool, position.atCap).tokens}
              </td>
              <td data-name={t("delta")} dir="ltr">
                {position.delta ? money.worth(pool, position.delta).tokens : "–"}
              </td>
              <td>
                <div class="row">
                  {(own.value || trying.value) && !position.ended && (
                    <>
                      <button type="button" class="button little" aria-label={`${t("closeIt")}: ${money.option(pool, position.option)}`} onClick={() => act(position, false)}>
                        {t("closeIt")}
                      </button>
                      <button type="button" class="button little" aria-label={`${t("rollIt")}: ${money.option(pool, position.option)}`} onClick={() => act(position, true)}>
                        {t("rollIt")}
                      </button>
                    </>
                  )}
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const shift = signal({ price: 0, sigma: 0 });

function WhatIf({ pool, margin }: { pool: PoolState; margin: Margin }) {
  const { price, sigma } = shift.value;
  const shifts = pool.assets.map(({ place }) => ({ underlying: place, priceBps: price * 100, sigmaBps: sigma * 100 }));
  const found = tryAsk("whatIf", { view: pool.view, account: margin.bytes, deposit: null, legs: [], cases: [shifts] });
  const then = "ok" in found ? found.ok.accounts[0] : null;
  const signed = (value: number) => write.percent(`${value}e-2`, 0);
  const slider = (words: string, value: number, most: number, change: (value: number) => void) => (
    <label class="field">
      <span>{words}</span>
      <input type="range" min={-most} max={most} value={value} onInput={(event) => change(event.currentTarget.valueAsNumber)} />
    </label>
  );
  return (
    <div class="stack tight">
      <h3>{t("whatIf")}</h3>
      <div class="cards">
        {slider(t("priceMoves", { percent: signed(price) }), price, 50, (value) => (shift.value = { price: value, sigma }))}
        {slider(t("ivMoves", { percent: signed(sigma) }), sigma, 80, (value) => (shift.value = { price, sigma: value }))}
        {then && (
          <dl class="details">
            <dt>{t("equity")}</dt>
            <dd dir="ltr">{money.worth(pool, then.equity).tokens}</dd>
            <dt>{t("health")}</dt>
            <dd>
              <Signed text={then.maintenanceHealth}>{money.worth(pool, then.maintenanceHealth).tokens}</Signed>
            </dd>
          </dl>
        )}
      </div>
    </div>
  );
}

/** Pays margin in or out. */
function Move({ pool, margin }: { pool: PoolState; margin: Margin }) {
  const amount = useSignal("");
  const state = tryAsk("quoteAccount", { view: pool.view, account: margin.bytes! });
  const units = write.units(amount.value, pool.pool.decimals);
  const have = balances.value.tokens[pool.entry.pool] ?? 0n;
  const move = async (out: boolean) => {
    const who = connected.value!.account.address;
    const { entry } = pool;
    const words = `${t(out ? "withdraw" : "deposit")} ${amount.value} ${entry.name}${money.numbered(margin.subAccount)}`;
    const about = { words, pool: entry.pool, poolName: entry.name, decimals: pool.pool.decimals, owner: who, account: margin.key };
    const id = await perform({ ...about, kind: out ? "withdraw" : "deposit" }, async () => {
      const found = await net.account(ask("counterKey", { owner: who }).address);
      const counter = found && ask("account", { data: found.data });
      const number = counter?.kind === "Counter" ? counter.nextNumber : "0";
      const take = ask("takeNumber", { payer: who, owner: who, number });
      const asked = { pool: pool.name, owner: who, account: margin.key, amount: units! };
      const feeds = pool.assets.flatMap(({ key, price }) => (price ? [{ underlying: key, price }] : []));
      const positions = margin.decoded?.positions.some(({ points }) => points !== "0");
      return [take, out ? ask("withdrawMargin", { ...asked, feeds: positions ? feeds : [] }) : ask("depositMargin", { ...asked, feeds: null })];
    });
    // What was not signed can be tried again.
    if (find(id)?.state !== "unsigned") amount.value = "";
  };
  // What is free for new risk, and no more than is there.
  const free = "ok" in state ? [state.ok.initialHealth, state.ok.cash].map(BigInt).sort((a, b) => (a < b ? -1 : 1))[0]! : null;
  const none = amount.value !== "" && !units ? (ambiguous(amount.value) ?? t("noAmount", { example: "1.5" })) : null;
  const tooMuch = units !== null && units > have && (free === null || units > free) ? t("moreThan", { have: money.worth(pool, have > (free ?? 0n) ? have : free!).tokens }) : null;
  return (
    <div class="stack tight">
      <div class="row low">
        <div style={{ inlineSize: "180px" }}>
          <Field label={t("amount")} value={amount.value} onInput={(value) => (amount.value = value)} unit={pool.entry.name} invalid={Boolean(none ?? tooMuch)} />
        </div>
        <button type="button" class="button" disabled={!units || units > have || signing.value} onClick={() => void move(false)}>
          {t("deposit")}
        </button>
        <button type="button" class="button" disabled={!units || (free !== null && units > free) || signing.value} onClick={() => void move(true)}>
          {t("withdraw")}
        </button>
      </div>
      {(none ?? tooMuch) && (
        <span class="small wrong" role="alert">
          {none ?? tooMuch}
        </span>
      )}
      <span class="small quiet">
        {t("inWallet")}: {money.inWallet(pool)}
        {free !== null && ` · ${t("initialHealth")}: ${money.worth(pool, free > 0n ? free : 0n).tokens}`}
      </span>
      <Faucet needed={have === 0n} />
    </div>
  );
}
