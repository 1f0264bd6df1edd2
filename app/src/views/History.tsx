// What has happened to a margin account, out of its transactions' events, and as a table for taxes.

import { signal, useSignalEffect } from "@preact/signals";
import type { ProgramEvent } from "@evergreen/sdk";
import { ask } from "../lib/bridge";
import * as write from "../lib/format";
import * as net from "../lib/rpc";
import { margins, owner, pools, trying } from "../lib/state";
import { Signed } from "../parts/ui";
import { t, type Word } from "../words";

interface Line {
  time: number | null;
  pool: string;
  decimals: number;
  kind: Word;
  /** Change of cash, native units; null for what changes none. */
  change: string | null;
  fee: string | null;
  cash: string | null;
  detail: string;
  signature: string;
}

const lines = signal<Line[] | null>(null);
const oldest = signal<Record<string, string | undefined>>({});
const more = signal(false);
const PAGE = 25;

async function read(from: Record<string, string | undefined>): Promise<Line[]> {
  const known = Object.values(pools.peek()).flatMap(({ entry, pool }) => {
    const margin = margins.peek()[entry.pool];
    return margin?.bytes ? [{ entry, decimals: pool.decimals, key: margin.key }] : [];
  });
  const all = await Promise.all(
    known.map(async ({ entry, decimals, key }) => {
      const found = await net.signatures(key, from[key], PAGE);
      if (found.length === PAGE) more.value = true;
      oldest.value = { ...oldest.peek(), [key]: found.at(-1)?.signature ?? from[key] };
      const logs = await Promise.all(found.filter(({ err }) => !err).map(async ({ signature }) => ({ signature, log: await net.log(signature) })));
      return logs.flatMap(({ signature, log }) => {
        if (!log) return [];
        const { events } = ask("events", { logs: log.logs });
        const own = events.filter((event) => "account" in event && event.account === key);
        return own.flatMap((event) => line(event).map((part) => ({ ...part, time: log.time, pool: entry.name, decimals, signature })));
      });
    }),
  );
  return all.flat().sort((a, b) => (b.time ?? 0) - (a.time ?? 0));
}

type Part = Pick<Line, "kind" | "change" | "fee" | "cash" | "detail">;

/** An event that concerns cash; the same cash is never told twice. */
function line(event: ProgramEvent): Part[] {
  const none = { change: null, fee: null, cash: null, detail: "" };
  switch (event.kind) {
    case "Traded":
      return [{ ...none, kind: "EventTraded", change: event.net, cash: event.cash }];
    case "MarginMoved":
      return [{ ...none, kind: "EventMarginMoved", change: event.amount, cash: event.cash }];
    case "FundingSettled":
      return event.amount === "0" ? [] : [{ ...none, kind: "EventFunding", change: event.amount }];
    case "PositionSettled":
      return [{ ...none, kind: "EventSettled", change: event.amount }];
    case "TradeCommitted":
      return [{ ...none, kind: "EventCommitted", cash: event.cash, detail: event.legs.map(({ points }) => points).join(" ") }];
    case "CommitmentCancelled":
      return [{ ...none, kind: "EventCancelled", fee: event.fee, cash: event.cash, detail: event.reason }];
    case "Liquidated":
      return [{ ...none, kind: "EventLiquidated", fee: event.penalty, cash: event.cash }];
    case "LegFilled":
      return [{ ...none, kind: "EventFee", fee: event.fee, detail: `${event.points} ${event.premium}` }];
    default:
      return [];
  }
}

const utc = (seconds: number | null) => (seconds === null ? "" : new Date(seconds * 1000).toISOString().replace(".000Z", "Z"));

function csv(found: Line[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const head = "version,time_utc,pool,event,change,fee,cash_after,detail,signature";
  const rows = found.map((one) =>
    [
      "1",
      utc(one.time),
      one.pool,
      one.kind.replace("Event", ""),
      ...[one.change, one.fee, one.cash].map((units) => (units === null ? "" : write.decimal(units, one.decimals))),
      one.detail,
      one.signature,
    ]
      .map(quoted)
      .join(","),
  );
  return [head, ...rows].join("\r\n");
}

export function History() {
  useSignalEffect(() => {
    // Read anew for another owner, and once the accounts are known.
    const keys = Object.values(margins.value).map(({ key, bytes }) => (bytes ? key : ""));
    if (!owner.value || keys.every((key) => !key)) return;
    if (lines.peek() !== null && owner.value === of) return;
    of = owner.value;
    lines.value = null;
    more.value = false;
    void read({})
      .then((found) => (lines.value = found))
      .catch(() => undefined);
  });
  if (trying.value || !owner.value) return <p class="empty">{t("connectFirst")}</p>;
  const found = lines.value;
  const save = () => {
    const at = URL.createObjectURL(new Blob([csv(found ?? [])], { type: "text/csv" }));
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
        <div class="row">
          {more.value && (
            <button
              type="button"
              class="button"
              onClick={() => {
                more.value = false;
                void read(oldest.peek())
                  .then((next) => (lines.value = [...(lines.peek() ?? []), ...next]))
                  .catch(() => undefined);
              }}
            >
              {t("older")}
            </button>
          )}
          <button type="button" class="button" disabled={!found?.length} onClick={save}>
            {t("csv")}
          </button>
        </div>
      </div>
      <section class="card">
        {!found?.length ? (
          <p class="empty">{t("noHistory")}</p>
        ) : (
          <div class="scroll" tabIndex={0} role="region" aria-label={t("history")}>
            <table class="list">
              <thead>
                <tr>
                  {[t("time"), t("event"), t("pool"), t("change"), t("fee"), t("cash"), ""].map((words, place) => (
                    <th key={place}>{words}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {found.map((one, place) => (
                  <tr key={`${one.signature}${place}`}>
                    <td dir="ltr">{utc(one.time)}</td>
                    <td data-name={t("event")}>{t(one.kind)}</td>
                    <td data-name={t("pool")}>{one.pool}</td>
                    <td data-name={t("change")}>{one.change && <Signed text={one.change}>{write.tokens(one.change, one.decimals, one.decimals, true)}</Signed>}</td>
                    <td data-name={t("fee")} dir="ltr">
                      {one.fee && write.tokens(one.fee, one.decimals)}
                    </td>
                    <td data-name={t("cash")} dir="ltr">
                      {one.cash && write.tokens(one.cash, one.decimals)}
                    </td>
                    <td class="small quiet" dir="ltr" title={one.signature}>
                      {write.short(one.signature)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </>
  );
}

let of: string | null = null;
