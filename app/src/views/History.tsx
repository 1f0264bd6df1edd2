// What has happened to margin accounts, as the library tells it, and as a table for taxes.

import { useSignalEffect } from "@preact/signals";
import * as write from "../lib/format";
import { table, utc, type Row } from "../lib/csv";
import * as money from "../lib/money";
import { past, readPast, statement, unread } from "../lib/past";
import { accounts, owner, refreshOwner, trying } from "../lib/state";
import { findSubAccounts } from "../lib/subaccounts";
import { Found } from "../parts/Found";
import { Loading, Note, Signed } from "../parts/ui";
import { t, type Word } from "../words";

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

/** All lines of all accounts, the newest first. One whose time is not known stands before what came after it. */
function lines(): Row[] {
  const found = accounts.value.flatMap(({ pool, margin }) => {
    const told = statement(pool, margin);
    let when = Infinity;
    return (told?.lines ?? []).toReversed().map((line) => {
      when = line.time == null ? when : Number(line.time);
      return { when, line: { ...line, pool, margin, from: past.value[margin.key]![line.transaction]! } };
    });
  });
  return found.sort((a, b) => (a.when === b.when ? 0 : b.when - a.when)).map(({ line }) => line);
}

/** Reads the past of all accounts that are there, and what comes. */
export function usePast(): void {
  useSignalEffect(() => {
    const who = owner.value;
    if (!who || trying.value) return;
    for (const { margin } of accounts.value) if (margin.bytes || !past.peek()[margin.key]) void readPast(margin.key).catch(() => undefined);
    void findSubAccounts(who).then((more) => (more ? refreshOwner() : undefined));
  });
}

export function History() {
  usePast();
  if (trying.value || !owner.value) return <p class="empty">{t("connectFirst")}</p>;
  const found = lines();
  const keys = accounts.value.map(({ margin }) => margin.key);
  const why = keys.map((key) => unread.value[key]).find(Boolean);
  const isRead = keys.length > 0 && keys.every((key) => past.value[key]);
  const save = () => {
    const at = URL.createObjectURL(new Blob([table(found.toReversed())], { type: "text/csv" }));
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
                    <tr key={`${one.from.signature}${place}`}>
                      <td dir="ltr">{utc(one.time).replace("T", " ") || "—"}</td>
                      <td data-name={t("event")}>{t(KINDS[one.kind] ?? "event")}</td>
                      <td data-name={t("pool")}>
                        {one.pool.entry.name}
                        {money.numbered(one.margin.subAccount)}
                      </td>
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
                        <Found kind="tx" id={one.from.signature} />
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
