// Accounts of a pool that have realised, or traded, most, as a data service tells them: addresses alone.

import { useSignal, useSignalEffect } from "@preact/signals";
import { fetchLeaders, type AccountSum } from "@evergreen/sdk";
import { config } from "../lib/config";
import * as write from "../lib/format";
import * as money from "../lib/money";
import { known, own, owner, selected, trying } from "../lib/state";
import { Choice, Loading, Note, Signed } from "../parts/ui";
import { t } from "../words";

/** Accounts of a page. */
const PAGE = 25;
/** Milliseconds after which a page is read anew. */
const LASTS = 10_000;

interface LeadersPage {
  accounts: AccountSum[];
  next: string | null;
}

export function Leaders() {
  const service = config.value?.history;
  const by = useSignal<"realised" | "traded">("realised");
  /** What each page skips, up to the one that is shown. */
  const skips = useSignal<string[]>(["0"]);
  const shown = useSignal<LeadersPage | null>(null);
  const failed = useSignal("");
  useSignalEffect(() => {
    const query = { pool: selected.value, by: by.value, skip: skips.value.at(-1) as `${bigint}`, limit: PAGE };
    if (!service || !query.pool || trying.value) return;
    let gone = false;
    const read = () =>
      fetchLeaders(service, query).then(
        (found) => {
          if (gone) return;
          shown.value = found;
          failed.value = "";
        },
        (error: unknown) => {
          if (!gone) failed.value = error instanceof Error ? error.message : String(error);
        },
      );
    void read();
    const timer = setInterval(() => !document.hidden && void read(), LASTS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  });
  const pool = known.value.find(({ entry }) => entry.pool === selected.value);
  const turn = (to: string[]) => {
    skips.value = to;
    shown.value = null;
  };
  return (
    <>
      <div class="head">
        <h1>
          {t("leaders")}
          {pool && ` · ${pool.entry.name}`}
        </h1>
        <div class="row">
          {known.value.length > 1 && (
            <Choice
              label={t("pool")}
              value={selected.value}
              options={known.value.map(({ entry }) => [entry.pool, entry.name] as const)}
              onChange={(value) => {
                selected.value = value;
                turn(["0"]);
              }}
            />
          )}
          <Choice
            label={t("leaders")}
            value={by.value}
            options={[
              ["realised", t("PnlRealised")],
              ["traded", t("tradedSize")],
            ]}
            onChange={(value) => {
              by.value = value;
              turn(["0"]);
            }}
          />
        </div>
      </div>
      <p class="small quiet">{t("leadersNote")}</p>
      {failed.value && (
        <Note kind="warn" role="alert">
          {t("errorNetwork", { why: failed.value })}
        </Note>
      )}
      {!service || trying.value ? (
        <p class="empty">{t("noService")}</p>
      ) : !shown.value || !pool ? (
        !failed.value && <Loading />
      ) : (
        <section class="card stack">
          {shown.value.accounts.length === 0 ? <p class="empty">{t("noLeaders")}</p> : <List pool={pool} accounts={shown.value.accounts} before={Number(skips.value.at(-1))} />}
          {(skips.value.length > 1 || shown.value.next) && (
            <div class="row">
              <button type="button" class="button little" disabled={skips.value.length === 1} onClick={() => turn(skips.value.slice(0, -1))}>
                {t("previousPage")}
              </button>
              <button type="button" class="button little" disabled={!shown.value.next} onClick={() => turn([...skips.value, shown.value!.next!])}>
                {t("nextPage")}
              </button>
            </div>
          )}
        </section>
      )}
    </>
  );
}

function List({ pool, accounts, before }: { pool: (typeof known.value)[number]; accounts: AccountSum[]; before: number }) {
  const { decimals } = pool.pool;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t("leaders")}>
      <table class="list">
        <thead>
          <tr>
            {[t("rank"), t("account"), `${t("PnlRealised")} (${pool.entry.name})`, "$", t("KindFunding"), t("fee"), t("tradedSize")].map((words, place) => (
              <th key={place}>{words}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {accounts.map((one, place) => (
            <tr key={one.account} data-test="leader" data-owner={one.owner}>
              <td dir="ltr">{before + place + 1}</td>
              <td data-name={t("account")}>
                <a href={`#/address/${one.owner}`} title={one.owner} dir="ltr">
                  {write.short(one.owner)}
                </a>{" "}
                {own.value && one.owner === owner.value && <span class="badge">{t("you")}</span>}
                {one.gap && (
                  <span class="badge warn" title={t("incomplete", { why: one.gap })}>
                    ?
                  </span>
                )}
              </td>
              <td data-name={t("PnlRealised")} data-test="realised" data-units={one.realised}>
                <Signed text={one.realised}>{write.tokens(one.realised, decimals, decimals, true)}</Signed>
              </td>
              <td data-name="$" dir="ltr">
                {money.worth(pool, one.realised, true).dollars ?? "–"}
              </td>
              <td data-name={t("KindFunding")}>
                <Signed text={one.funding}>{write.tokens(one.funding, decimals, decimals, true)}</Signed>
              </td>
              <td data-name={t("fee")} dir="ltr">
                {write.tokens(one.fees, decimals)}
              </td>
              <td data-name={t("tradedSize")} dir="ltr">
                {write.number(money.size(pool, one.traded), 3)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
