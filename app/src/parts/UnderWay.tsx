// What is under way, and how it ended.

import { useSignal } from "@preact/signals";
import { ask } from "../lib/bridge";
import * as write from "../lib/format";
import { ENDS, forget, journal, type Entry } from "../lib/journal";
import { own } from "../lib/state";
import { t } from "../words";
import { ended, explained } from "../words/problems";
import { Found } from "./Found";
import { Note } from "./ui";

const SHOWN = 3;

export function UnderWay() {
  const entries = journal.value.slice(0, SHOWN);
  if (entries.length === 0) return null;
  return (
    <section class="stack" aria-label={t("underWay")}>
      {entries.map((entry) => (
        <One key={entry.id} entry={entry} />
      ))}
    </section>
  );
}

function One({ entry }: { entry: Entry }) {
  const { state } = entry;
  const over = ENDS.includes(state);
  return (
    <article class="card stack" data-test="entry" data-kind={entry.kind} data-state={state}>
      <div class="head">
        <strong class="wrap">{entry.words}</strong>
        <span class="row small quiet">
          {entry.poolName}
          {over && (
            <button type="button" class="button little" onClick={() => forget(entry.id)}>
              {t("dismiss")}
            </button>
          )}
        </span>
      </div>
      <div aria-live="polite">{over ? <End entry={entry} /> : <Steps entry={entry} />}</div>
    </article>
  );
}

function Steps({ entry: { id, kind, state, priceAfter } }: { entry: Entry }) {
  const place = ["signing", "sending", "committed"].indexOf(state);
  const words = [t("waitsForWallet"), t("waitsForNetwork"), priceAfter ? t("waitsForPrice", { time: write.time(priceAfter) }) : t("waitsForNetwork")];
  const done = [t("stepSign"), t("stepSend"), t("stepCommit")];
  const steps = kind === "trade" ? [0, 1, 2] : [0, 1];
  const failed = useSignal("");
  const fill = async () => (await import("../lib/fill")).fillSelf(id);
  return (
    <>
      <ol class="steps">
        {steps.map((step) => (
          <li key={step} class={step < place ? "done" : step === place ? "now" : ""}>
            {step < place ? done[step] : words[step]}
          </li>
        ))}
      </ol>
      {state === "committed" && own.value && (
        <p class="small">
          <button type="button" class="link" onClick={() => void fill().catch((error: unknown) => (failed.value = String(error)))}>
            {t("fillSelf")}
          </button>{" "}
          <span role="status">{failed.value}</span>
        </p>
      )}
    </>
  );
}

function End({ entry }: { entry: Entry }) {
  const { state, receipt, quoted, decimals, poolName, problem, reason, final } = entry;
  const amount = (units: string) => `${write.tokens(units, decimals, decimals, true)} ${poolName}`;
  switch (state) {
    case "filled":
      return (
        <Note kind="good" role="status">
          <strong dir="ltr" data-test="filled" data-units={receipt!.net}>
            {t("filledFor", { amount: amount(receipt!.net) })}
          </strong>
          {quoted && <span class="small">{receipt!.net === quoted.net ? t("asQuoted") : t("betterBy", { amount: amount(quoted.net) })}</span>}
          <Proof entry={entry} />
          <span class="small">
            {t(final ? "stepFinal" : "finalSoon")} <Found kind="tx" id={entry.proof ?? receipt!.signature} />
          </span>
        </Note>
      );
    case "done":
      return (
        <Note kind="good" role="status">
          <span>
            {t(final ? "stepFinal" : "finalSoon")} {entry.proof && <Found kind="tx" id={entry.proof} />}
          </span>
        </Note>
      );
    case "cancelled":
      return (
        <Note kind="warn" role="status">
          <span>
            {t("cancelledFor", { why: reason ? ended(reason) : "" })} {entry.proof && <Found kind="tx" id={entry.proof} />}
          </span>
        </Note>
      );
    case "expired":
      return <Note kind="warn" role="status">{t("expired")}</Note>;
    default:
      return (
        <Note kind={state === "failed" ? "bad" : "warn"} role="alert">
          {explained(problem ?? "other:")}
        </Note>
      );
  }
}

/** The legs of a fill, each at its price. */
function Proof({ entry: { receipt, decimals, legs } }: { entry: Entry }) {
  return (
    <ul class="small" style={{ margin: 0, paddingInlineStart: "18px" }}>
      {receipt!.legs.map((leg, place) => {
        const { numbers } = ask("round", { numbers: [{ bits: leg.spot as `${bigint}`, decimal: "0" }, { bits: leg.sigma as `${bigint}`, decimal: "0" }], places: 4 });
        return (
          <li key={place}>
            {legs?.[place]?.words}{" "}
            <span dir="ltr">
              {write.dollars(numbers[0]!)} · {t("volatility")} {write.percent(numbers[1]!)} · {write.tokens(leg.premium, decimals, decimals, true)} · {t("fee")}{" "}
              {write.tokens(leg.fee, decimals)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
