// What has happened to margin accounts, as the library tells it, and as a table for taxes.

import { useSignalEffect } from "@preact/signals";
import type { Answer } from "@evergreen/sdk";
import * as write from "../lib/format";
import { past, readPast, statement, unread } from "../lib/past";
import { known, margins, owner, trying, type PoolState } from "../lib/state";
import { Found } from "../parts/Found";
import { Loading, Note, Signed } from "../parts/ui";
import { t, type Word } from "../words";

type Line = Answer<"statement">["lines"][number] & { pool: PoolState; signature: string };

export const KINDS: Record<string, Word> = {
  deposit: "deposit",
  withdrawal: "withdraw",
  premium: "KindPremium",
  payoff: "KindPayoff",
  funding: "KindFunding",
  fee: "fee",
  "lapse-fee": "fee",
  arrears: "fee",
  penalty: "KindPenalty",
  "tip-paid": "KindTip",
  "tip-earned": "KindTip",
  reward: "KindReward",
  "stake-lost": "KindStake",
  "stake-earned": "KindStake",
  "payment-cut": "KindLoss",
  "payment-owed": "KindFunding",
  seizure: "KindLoss",
  "debt-absorbed": "KindDebt",
};

const utc = (seconds: string | null | undefined) => (seconds == null ? "" : new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z"));

/** All lines of all accounts, the newest first. One whose time is not known stands before what came after it. */
function lines(): Line[] {
  const found = known.value.flatMap((pool) => {
    const margin = margins.value[pool.entry.pool];
    const told = margin && statement(pool, margin);
    let when = Infinity;
    return (told?.lines ?? []).toReversed().map((line) => {
      when = line.time == null ? when : Number(line.time);
      return { when, line: { ...line, pool, signature: past.value[margin!.key]![line.transaction]!.signature } };
    });
  });
  return found.sort((a, b) => (a.when === b.when ? 0 : b.when - a.when)).map(({ line }) => line);
}

/** One row a movement: times in UTC, amounts in tokens, exact. The first column is the version of the columns. */
function csv(found: Line[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const head = "version,time_utc,pool,token,kind,series,points,amount,realised,balance_after,price,transaction";
  const rows = found.map(({ time, pool, kind, series, points, amount, realised, wealth, spot, signature }) => {
    const tokens = (units: string | null | undefined) => (units == null ? "" : write.decimal(units, pool.pool.decimals));
    const named = series ? `${series.slot}:${series.generation}` : "";
    const cells = ["1", utc(time), pool.entry.pool, pool.entry.name, kind, named, points, tokens(amount), tokens(realised), tokens(wealth), spot?.decimal ?? "", signature];
    return cells.map(quoted).join(",");
  });
  return [head, ...rows].join("\r\n");
}

/** Reads the past of all accounts that are there, and what comes. */
export function usePast(): void {
  useSignalEffect(() => {
    for (const { key, bytes } of Object.values(margins.value)) if (bytes && !trying.value) void readPast(key).catch(() => undefined);
  });
}

export function History() {
  usePast();
  if (trying.value || !owner.value) return <p class="empty">{t("connectFirst")}</p>;
  const found = lines();
  const keys = Object.values(margins.value).flatMap(({ key, bytes }) => (bytes ? [key] : []));
  const why = keys.map((key) => unread.value[key]).find(Boolean);
  const isRead = Object.keys(margins.value).length > 0 && keys.every((key) => past.value[key]);
  const save = () => {
    const at = URL.createObjectURL(new Blob([csv(found)], { type: "text/csv" }));
    const link = document.createElement("a");
    link.href = at;
    link.download = "evergreen.csv";
    link.click();
    URL.revokeObjectURL(at);
  };
  return (
    <>
      <div class="head">
        <h1>{t("history")}</h1>
        <button type="button" class="button" disabled={found.length === 0 || !isRead || Boolean(why)} onClick={save}>
          {t("csv")}
        </button>
      </div>
      {why && <Note kind="warn">{t("errorNetwork", { why })}</Note>}
      <section class="card">
        {found.length === 0 && !why && !isRead ? (
          <Loading />
        ) : found.length === 0 ? (
          <p class="empty">{why ? "–" : t("noHistory")}</p>
        ) : (
          <div class="scroll" tabIndex={0} role="region" aria-label={t("history")}>
            <table class="list">
              <thead>
                <tr>
                  {[t("time"), t("event"), t("pool"), t("change"), t("PnlRealised"), t("balance"), t("spot"), ""].map((words, place) =>
                    words ? <th key={place}>{words}</th> : <td key={place} />,
                  )}
                </tr>
              </thead>
              <tbody>
                {found.map((one, place) => {
                  const { decimals } = one.pool.pool;
                  return (
                    <tr key={`${one.signature}${place}`}>
                      <td dir="ltr">{utc(one.time).replace("T", " ") || "—"}</td>
                      <td data-name={t("event")}>{t(KINDS[one.kind] ?? "event")}</td>
                      <td data-name={t("pool")}>{one.pool.entry.name}</td>
                      <td data-name={t("change")}>
                        <Signed text={one.amount}>{write.tokens(one.amount, decimals, decimals, true)}</Signed>
                      </td>
                      <td data-name={t("PnlRealised")}>{one.realised && one.realised !== "0" && <Signed text={one.realised}>{write.tokens(one.realised, decimals, decimals, true)}</Signed>}</td>
                      <td data-name={t("balance")} dir="ltr">
                        {write.tokens(one.wealth, decimals)}
                      </td>
                      <td data-name={t("spot")} dir="ltr">
                        {one.spot && write.dollars(one.spot.decimal)}
                      </td>
                      <td class="small quiet">
                        <Found kind="tx" id={one.signature} />
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </>
  );
}
