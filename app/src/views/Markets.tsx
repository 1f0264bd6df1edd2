// Pools compared, and what each says of its underlyings.

import * as write from "../lib/format";
import * as money from "../lib/money";
import { interest, turnover, volatilities } from "../lib/charts";
import { config } from "../lib/config";
import { failures, known, selected, trying, type PoolState } from "../lib/state";
import { Line } from "../parts/Line";
import { Loading, Note } from "../parts/ui";
import { t } from "../words";

export function Markets() {
  return (
    <>
      <h1>{t("markets")}</h1>
      {Object.entries(failures.value).map(([pool, why]) => (
        <Note key={pool} kind="warn">
          {config.value?.pools.find((entry) => entry.pool === pool)?.name}: {t("poolMissing", { why })}
        </Note>
      ))}
      {known.value.length === 0 && <Loading />}
      <div class="cards">
        {known.value.map((pool) => (
          <Market key={pool.entry.pool} pool={pool} />
        ))}
      </div>
      <Volatilities />
    </>
  );
}

function Market({ pool }: { pool: PoolState }) {
  const { statistics } = pool;
  const main = statistics.main;
  const lines = trying.value ? [] : pool.assets.map(({ place }) => interest(pool, place));
  const unit = ` (${pool.entry.name})`;
  const traded = pool.assets.map(({ place }) => turnover.value[`${pool.entry.pool}${place}`]);
  return (
    <section class="card stack">
      <div class="head">
        <h2>{pool.entry.name}</h2>
        <span class="row">
          {statistics.halted && <span class="badge warn">{t("halted")}</span>}
          {statistics.distressed && <span class="badge warn">{t("distressed")}</span>}
          <a class="button little" href={trying.value ? "#/trade" : `#/trade/${pool.entry.pool}`} onClick={() => (selected.value = pool.entry.pool)}>
            {t("trade")}
          </a>
          {config.value?.history && !trying.value && (
            <a class="button little" href={`#/leaders/${pool.entry.pool}`}>
              {t("leaders")}
            </a>
          )}
        </span>
      </div>
      <dl class="details">
        <dt>{t("poolWorth")}</dt>
        <dd dir="ltr">
          {main ? money.worth(pool, main.lower).tokens : "—"}
          <br />
          <span class="quiet small">{main && money.worth(pool, main.lower).dollars}</span>
        </dd>
        <dt>{t("utilisation")}</dt>
        <dd dir="ltr">{statistics.utilisation ? write.percent(statistics.utilisation) : "—"}</dd>
      </dl>
      <div class="bar" aria-hidden="true">
        <i style={{ inlineSize: `${Math.min(100, Number(statistics.utilisation ?? 0) * 100)}%` }} />
      </div>
      <dl class="details">
        <dt>{t("incomeYear")}</dt>
        <dd dir="ltr">{statistics.perYear ? write.percent(statistics.perYear) : "—"}</dd>
        <dt>{t("reserved")}</dt>
        <dd dir="ltr">{money.worth(pool, statistics.reserved).tokens}</dd>
      </dl>
      <div class="scroll" tabIndex={0} role="region" aria-label={`${pool.entry.name}: ${t("volatility")}`}>
        <table>
          <thead>
            <tr>
              <td />
              {statistics.underlyings.map(({ underlying }) => (
                <th key={underlying}>{pool.assets[underlying]?.symbol}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Row words={t("spot")} cells={statistics.underlyings.map(({ spot }) => (spot ? write.dollars(spot.decimal, 0) : "—"))} />
            {[...(statistics.underlyings[0]?.marks ?? [])].sort((a, b) => a.tenor - b.tenor).map(({ tenor }) => (
              <Row
                key={tenor}
                words={`${t("implied")}${t("comma")}${write.days(Math.round(tenor / 86_400))}`}
                cells={statistics.underlyings.map(({ marks }) => {
                  const mark = marks.find((one) => one.tenor === tenor);
                  return mark ? write.percent(mark.sigma.decimal) : "—";
                })}
              />
            ))}
            <Row words={t("realised")} cells={statistics.underlyings.map(({ realisedSlow }) => write.percent(realisedSlow.decimal))} />
            <Row words={t("realisedFast")} cells={statistics.underlyings.map(({ realisedFast }) => write.percent(realisedFast.decimal))} />
            <Row words={`${t("openInterest")}: ${t("bought")}${unit}`} cells={statistics.underlyings.map(({ bought }) => (bought ? write.tokens(bought, pool.pool.decimals, 2) : "—"))} />
            <Row words={`${t("openInterest")}: ${t("written")}${unit}`} cells={statistics.underlyings.map(({ written }) => (written ? write.tokens(written, pool.pool.decimals, 2) : "—"))} />
            {traded.some((one) => one !== undefined) && (
              <Row words={t("traded", { span: write.span(86_400) })} cells={traded.map((one, place) => (one === undefined ? "—" : money.coins(pool, one, place)))} />
            )}
            <Row words={`${t("direction")} ↑${unit}`} cells={statistics.underlyings.map(({ roomUp }) => write.tokens(roomUp, pool.pool.decimals, 2))} />
            <Row words={`${t("direction")} ↓${unit}`} cells={statistics.underlyings.map(({ roomDown }) => write.tokens(roomDown, pool.pool.decimals, 2))} />
          </tbody>
        </table>
      </div>
      {pool.assets.map(
        ({ place, symbol }) =>
          lines[place]?.some((line) => line.length > 1) && (
            <div class="stack tight" key={place}>
              <h3>
                {t("openInterest")}
                {t("comma")}
                {symbol}
              </h3>
              <Line lines={lines[place]} words={`${pool.entry.name}: ${t("openInterest")}${t("comma")}${symbol}`} names={[t("bought"), t("written")]} tell={(value) => write.number(value, 4)} />
            </div>
          ),
      )}
    </section>
  );
}

/** Volatility of marks over time, where a data service knows it, of the shortest tenor and of the longest, and the realised one. Pools share their underlyings. */
function Volatilities() {
  const assets = new Map(known.value.flatMap((pool) => pool.assets.map((asset) => [asset.key, asset] as const)));
  const found = trying.value ? [] : [...assets.values()].flatMap(({ key, symbol, tenors }) => ({ key, symbol, tenors, lines: volatilities(key) }));
  return (
    <div class="cards">
      {found.map(
        ({ key, symbol, tenors, lines }) =>
          lines?.some((line) => line.length > 1) && (
            <section class="card stack" key={key}>
              <h2>
                {t("implied")} · {t("realised")}
                {t("comma")}
                {symbol}
              </h2>
              <Line
                lines={lines}
                words={`${symbol}: ${t("implied")}`}
                names={[...[tenors[0], tenors.at(-1)].map((tenor) => `${t("implied")}${t("comma")}${write.days(Math.round((tenor ?? 0) / 86_400))}`), t("realised")]}
                tell={(value) => write.percent(value)}
              />
            </section>
          ),
      )}
    </div>
  );
}

function Row({ words, cells }: { words: string; cells: string[] }) {
  return (
    <tr>
      <td class="quiet wraps">{words}</td>
      {cells.map((cell, place) => (
        <td key={place} dir="ltr">
          {cell}
        </td>
      ))}
    </tr>
  );
}
