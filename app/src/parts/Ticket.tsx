// The ticket: what is chosen, what it costs, to the unit, and what is missing to sign it.

import { useSignal } from "@preact/signals";
import * as write from "../lib/format";
import * as money from "../lib/money";
import { current, others, own } from "../lib/state";
import * as ticket from "../lib/ticket";
import { t } from "../words";
import { later } from "./Later";
import { After, Coin, Cost, Payoff } from "./Quote";
import { Field, Refusal } from "./ui";

// Nobody signs at first sight.
const Confirm = later(async () => (await import("./Confirm")).Confirm);
// Few have several accounts.
const Account = later(async () => (await import("./Account")).Account);

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
      {others.value[pool.entry.pool]?.length ? <Account /> : null}
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
