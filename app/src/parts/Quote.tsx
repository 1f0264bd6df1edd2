// What the ticket's strategy is worth and brings, and how the account stands afterwards.

import * as write from "../lib/format";
import * as money from "../lib/money";
import { current } from "../lib/state";
import * as ticket from "../lib/ticket";
import { t, type Word } from "../words";
import { Plot } from "./Plot";
import { Signed } from "./ui";

/** What one coin of a leg is worth, and how that moves. */
export function Coin({ side }: { side: ticket.Side }) {
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

export function Payoff() {
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

export function Cost() {
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

export function After() {
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
