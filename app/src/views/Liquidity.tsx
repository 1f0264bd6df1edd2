// Liquidity: both classes of each pool, what they earn and risk, and one's own shares and requests.

import { signal, useSignal, useSignalEffect } from "@preact/signals";
import type { LiquidityRequest, ShareClass } from "@evergreen/sdk";
import { ask, tryAsk } from "../lib/all";
import * as write from "../lib/format";
import * as money from "../lib/money";
import { perform } from "../lib/pursue";
import { nextNumber, readHeld, type Held } from "../lib/requests";
import { balances, known, own, owner, pools, trying, type PoolState } from "../lib/state";
import { sharePrices, type Span } from "../lib/charts";
import { find, signing } from "../lib/journal";
import { costKey, costs, readCosts, readReturns, returns, SPANS } from "../lib/provided";
import { connected } from "../lib/wallet";
import { Line } from "../parts/Line";
import { Faucet } from "../parts/Faucet";
import { Choice, Field, Refusal, Signed } from "../parts/ui";
import { askWallet } from "../parts/Wallet";
import { t, type Word } from "../words";

export function Liquidity() {
  return (
    <>
      <h1>{t("liquidity")}</h1>
      <div class="cards">
        {known.value.map((pool) => (
          <Pool key={pool.entry.pool} pool={pool} />
        ))}
      </div>
    </>
  );
}

const classes = signal<Record<string, ShareClass>>({});

function Pool({ pool }: { pool: PoolState }) {
  const of = classes.value[pool.entry.pool] ?? "Main";
  const { statistics } = pool;
  const value = of === "Main" ? statistics.main : statistics.insurance;
  return (
    <section class="card stack">
      <div class="head">
        <h2>{pool.entry.name}</h2>
        <Choice
          label={t("liquidity")}
          value={of}
          options={[
            ["Main", t("mainClass")],
            ["Insurance", t("insuranceClass")],
          ]}
          onChange={(chosen) => (classes.value = { ...classes.value, [pool.entry.pool]: chosen })}
        />
      </div>
      <dl class="details">
        <dt>{t("poolWorth")}</dt>
        <dd dir="ltr">
          {value ? money.worth(pool, value.lower).tokens : "—"}
          <br />
          <span class="small quiet">{value && money.worth(pool, value.lower).dollars}</span>
        </dd>
        {of === "Main" && (
          <>
            <dt>{t("sharePrice")}</dt>
            <dd dir="ltr">{statistics.sharePrice ? write.number(statistics.sharePrice.decimal, 9) : "—"}</dd>
            <dt>{t("utilisation")}</dt>
            <dd dir="ltr">{statistics.utilisation ? write.percent(statistics.utilisation) : "—"}</dd>
            <dt>{t("incomeDay")}</dt>
            <dd dir="ltr">{statistics.fundingPerDay ? money.worth(pool, statistics.fundingPerDay).tokens : "—"}</dd>
            <dt>{t("incomeYear")}</dt>
            <dd dir="ltr">{statistics.perYear ? write.percent(statistics.perYear) : "—"}</dd>
          </>
        )}
      </dl>
      {of === "Main" && <SharePrice pool={pool} />}
      {of === "Main" && <Returned pool={pool} />}
      {of === "Main" && <p class="small quiet">{t("incomeNote")}</p>}
      <p class="small">{t(of === "Main" ? "riskMain" : "riskInsurance")}</p>
      <Own key={of} pool={pool} of={of} />
    </section>
  );
}

const span = signal<Span>("day");

/** What a share was worth, where a data service knows it. */
function SharePrice({ pool }: { pool: PoolState }) {
  const lines = trying.value ? null : sharePrices(pool.entry.pool, span.value);
  if (!lines) return null;
  return (
    <div class="stack tight">
      <div class="head">
        <h3>{t("sharePrice")}</h3>
        <Choice
          label={`${pool.entry.name}: ${t("sharePrice")}`}
          value={span.value}
          options={[
            ["day", write.days(1)],
            ["month", write.days(30)],
            ["year", write.days(365)],
          ]}
          onChange={(chosen) => (span.value = chosen)}
        />
      </div>
      <Line lines={lines} words={`${pool.entry.name}: ${t("sharePrice")}`} tell={(value) => write.number(value, 9)} />
    </div>
  );
}

const PARTS = [
  ["premiums", "KindPremium"],
  ["funding", "KindFunding"],
  ["fees", "fee"],
  ["payoffs", "KindPayoff"],
  ["badDebts", "PartBadDebts"],
  ["rest", "PartRest"],
] as const satisfies readonly (readonly [string, Word])[];

/** What a share has brought, in parts that add up, where a data service knows the past. */
function Returned({ pool }: { pool: PoolState }) {
  useSignalEffect(() => {
    const now = pools.value[pool.entry.pool];
    if (now && !trying.value) readReturns(now);
  });
  // Where the past is shorter than both spans, both tell the same.
  const found = returns.value[pool.entry.pool]?.filter(({ from }, place, all) => place === 0 || from !== all[place - 1]!.from);
  if (trying.value || !found?.some(({ total }) => total != null)) return null;
  // What is little is not nothing.
  const digits = (millionths: string) => (millionths.replace("-", "").length > 3 ? 2 : 4);
  const cell = (millionths: string | null | undefined) =>
    millionths == null ? <td>—</td> : (
      <td>
        <Signed text={millionths}>{write.percent(`${millionths}e-6`, digits(millionths), true)}</Signed>
      </td>
    );
  return (
    <div class="scroll" tabIndex={0} role="region" data-test="returns" aria-label={`${pool.entry.name}: ${t("sharePrice")}, %`}>
      <table>
        <thead>
          <tr>
            <td />
            {found.map(({ from }, place) => (
              <th key={place} title={from ? write.time(from) : undefined}>
                {/* Where the past does not reach back so far, its own span is told. */}
                {t("returned", { span: write.span(from && pool.now - BigInt(from) < BigInt(SPANS[place]!) ? pool.now - BigInt(from) : SPANS[place]!) })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>
              <strong>{t("sharePrice")}</strong>
            </td>
            {found.map(({ total }) => cell(total))}
          </tr>
          {PARTS.filter(([part]) => found.some((one) => one[part] && one[part] !== "0")).map(([part, word]) => (
            <tr key={part}>
              <td class="quiet wraps">{t(word)}</td>
              {found.map((one) => cell(one[part]))}
            </tr>
          ))}
          <tr>
            <td class="quiet">{t("drawdown")}</td>
            {found.map(({ drawdown }, place) => (
              <td key={place} dir="ltr">
                {drawdown == null ? "—" : write.percent(`${drawdown}e-6`, digits(drawdown))}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function Own({ pool, of }: { pool: PoolState; of: ShareClass }) {
  const held = useSignal<Held | null>(null);
  useSignalEffect(() => {
    const who = owner.value;
    void balances.value;
    if (!who) held.value = null;
    else
      void readHeld(pool, of, who)
        .then((found) => (held.value = found))
        .catch(() => undefined);
  });
  const [paid, handed] = [useSignal(""), useSignal("")];
  const { decimals } = pool.pool;
  const units = write.units(paid.value, decimals);
  const back = write.units(handed.value, decimals);
  if (trying.value) return null;
  if (!owner.value) {
    return (
      <button type="button" class="button" onClick={askWallet}>
        {t("connect")}
      </button>
    );
  }
  const shares = held.value?.shares ?? 0n;
  if (shares > 0n) readCosts(pool, of, owner.value, shares);
  const known = costs.value[costKey(pool.entry.pool, of, owner.value)];
  const worth = shares > 0n ? tryAsk("quoteWithdrawal", { view: pool.view, class: of, amount: shares }) : null;
  const deposit = units ? tryAsk("quoteDeposit", { view: pool.view, class: of, amount: units }) : null;
  const redeem = back && back <= shares ? tryAsk("quoteWithdrawal", { view: pool.view, class: of, amount: back }) : null;
  const have = balances.value.tokens[pool.entry.pool] ?? 0n;
  const act = async (out: boolean) => {
    const who = connected.value!.account.address;
    const { entry } = pool;
    const about = { words: out ? `${t("redeem")} ${handed.value}` : `${t("provide")} ${paid.value} ${entry.name}`, pool: entry.pool, poolName: entry.name, decimals, owner: who, account: entry.pool };
    const id = await perform({ ...about, kind: out ? "redeem" : "provide" }, async () => {
      const number = await nextNumber(who);
      const view = pools.peek()[entry.pool]!.view;
      if (out) return ask("planWithdrawal", { view, owner: who, class: of, shares: back!, least: null, number }).instructions;
      return ask("planDeposit", { view, owner: who, class: of, amount: units!, number, slippageBps: null }).instructions;
    });
    // What was not signed can be tried again.
    if (find(id)?.state !== "unsigned") (out ? handed : paid).value = "";
  };
  const wrong = (typed: string, amount: bigint | null, most: string | null) => (typed === "" ? null : !amount ? t("noAmount", { example: "1.5" }) : most ? t("moreThan", { have: most }) : null);
  return (
    <div class="stack">
      <dl class="details">
        <dt>{t("yourShares")}</dt>
        <dd dir="ltr">{held.value ? write.tokens(shares, decimals, 4) : "—"}</dd>
        {worth && "ok" in worth && (
          <>
            <dt>{t("worthNow")}</dt>
            <dd dir="ltr">
              {money.worth(pool, worth.ok.worth).tokens}
              <br />
              <span class="small quiet">{money.worth(pool, worth.ok.worth).dollars}</span>
            </dd>
          </>
        )}
        {shares > 0n && known?.cost != null && (
          <>
            <dt>{t("theirCost")}</dt>
            <dd dir="ltr">{money.worth(pool, known.cost).tokens}</dd>
          </>
        )}
        {known && known.realised !== "0" && (
          <>
            <dt>{t("PnlRealised")}</dt>
            <dd>
              <Signed text={known.realised}>{money.worth(pool, known.realised, true).tokens}</Signed>
            </dd>
          </>
        )}
      </dl>
      {own.value && (
        <>
          <Field
            label={t("provide")}
            value={paid.value}
            onInput={(value) => (paid.value = value)}
            unit={pool.entry.name}
            problem={wrong(paid.value, units, units && units > have ? money.worth(pool, have).tokens : null)}
            hint={`${t("inWallet")}: ${money.inWallet(pool)}`}
          />
          {deposit && "ok" in deposit && (
            <p class="small quiet">
              {t("sharesFor")}: <span dir="ltr">{write.tokens(deposit.ok.shares, decimals, 4)}</span>. {t("waitsMinute")}
            </p>
          )}
          {deposit && "refused" in deposit && <Refusal problem={deposit.refused.problem} />}
          <Faucet needed={have === 0n} />
          <button type="button" class="button main" disabled={!units || units > have || !(deposit && "ok" in deposit) || signing.value} onClick={() => void act(false)}>
            {t("provide")}
          </button>
          {shares > 0n && (
            <>
              <Field
                label={t("redeem")}
                value={handed.value}
                onInput={(value) => (handed.value = value)}
                problem={wrong(handed.value, back, back && back > shares ? write.tokens(shares, decimals, 4) : null)}
                hint={
                  <button type="button" class="link" onClick={() => (handed.value = write.decimal(shares, decimals))}>
                    {t("yourShares")}: {write.tokens(shares, decimals, 4)}
                  </button>
                }
              />
              {redeem && "refused" in redeem && <Refusal problem={redeem.refused.problem} />}
              {redeem && "ok" in redeem && (
                <p class="small quiet">
                  {money.worth(pool, redeem.ok.worth).tokens}. {t("cooldown", { span: write.span(redeem.ok.cooldown) })} {t("leastPaid", { amount: money.worth(pool, redeem.ok.least).tokens })}
                </p>
              )}
              <button type="button" class="button" disabled={!back || back > shares || signing.value} onClick={() => void act(true)}>
                {t("redeem")}
              </button>
            </>
          )}
        </>
      )}
      {held.value && held.value.requests.length > 0 && (
        <>
          <h3>{t("requests")}</h3>
          {held.value.requests.map(({ key, request }) => (
            <Request key={key} pool={pool} of={of} address={key} request={request} />
          ))}
        </>
      )}
    </div>
  );
}

function Request({ pool, of, address, request }: { pool: PoolState; of: ShareClass; address: string; request: LiquidityRequest }) {
  const { decimals } = pool.pool;
  const left = BigInt(request.readyAt) - pool.now;
  const isDeposit = request.deposit !== "0" || request.minute !== "0";
  const pays = !isDeposit && request.shares !== "0" ? tryAsk("quoteWithdrawal", { view: pool.view, class: of, amount: request.shares }) : null;
  const sign = (kind: "cancel" | "claim") => {
    const who = connected.value!.account.address;
    const { entry } = pool;
    const about = { words: `${t(kind)}: ${t("requests")}`, pool: entry.pool, poolName: entry.name, decimals, owner: who, account: address };
    void perform({ ...about, kind }, async () => {
      const asked = { pool: pool.name, owner: who, class: of, request: address };
      return [kind === "cancel" ? ask("cancelWithdrawal", asked) : ask("claimLiquidity", asked)];
    });
  };
  return (
    <div class="note">
      <div class="head">
        <strong>
          {t(isDeposit ? "provide" : "redeem")}{" "}
          <span dir="ltr">{write.tokens(isDeposit ? request.deposit : request.shares, decimals, 4)}</span>
        </strong>
        <span class="badge">{isDeposit ? write.time(request.minute) : left > 0n ? t("readyIn", { span: write.span(left) }) : t("ready")}</span>
      </div>
      {pays && "ok" in pays && (
        <span class="small">
          {t("paysNow")}: <span dir="ltr">{money.worth(pool, pays.ok.worth).tokens}</span>
        </span>
      )}
      {own.value && (
        <div class="row">
          {request.payable !== "0" && (
            <button type="button" class="button little" onClick={() => sign("claim")}>
              {t("claim")} <span dir="ltr">{money.worth(pool, request.payable).tokens}</span>
            </button>
          )}
          {!isDeposit && request.shares !== "0" && (
            <button type="button" class="button little" onClick={() => sign("cancel")}>
              {t("cancel")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
