// Orders on positions: close at a price above, below, or whichever comes first.

import { useSignal, useSignalEffect } from "@preact/signals";
import type { Answer, Order } from "@evergreen/sdk";
import { ask } from "../lib/all";
import * as write from "../lib/format";
import { find, signing } from "../lib/journal";
import * as money from "../lib/money";
import { perform } from "../lib/pursue";
import * as net from "../lib/rpc";
import { accountOf, own, type Margin, type PoolState } from "../lib/state";
import { connected } from "../lib/wallet";
import { Field } from "../parts/ui";
import { t } from "../words";

type Position = Answer<"positions">["positions"][number];

/** Accepts any change of cash: what only closes may name it. */
const ANY = "-9223372036854775808";
/** Places of a trigger's price. */
const PLACES = 8;
const LASTS = 30n * 86_400n;
/** Numbers before the next one at which orders are looked for. */
const LOOKED = 40n;

/** The open orders of an account. */
async function read(margin: Margin): Promise<{ key: string; order: Order }[]> {
  if (!margin.decoded || margin.decoded.openOrders === 0) return [];
  const next = BigInt(margin.decoded.nextOrder);
  const numbers = Array.from({ length: Number(next < LOOKED ? next : LOOKED) }, (_, place) => next - 1n - BigInt(place));
  const keys = numbers.map((number) => ask("orderKey", { account: margin.key, number }).address);
  const found = await net.accounts(keys);
  return found.flatMap((one, place) => {
    const decoded = one && one.data ? ask("account", { data: one.data }) : null;
    return decoded?.kind === "Order" ? [{ key: keys[place]!, order: decoded }] : [];
  });
}

export function Orders({ pool, margin, positions }: { pool: PoolState; margin: Margin; positions: Position[] }) {
  const found = useSignal<{ key: string; order: Order }[]>([]);
  useSignalEffect(() => {
    const now = accountOf(margin.key);
    if (now)
      void read(now)
        .then((orders) => (found.value = orders))
        .catch(() => undefined);
  });
  const live = positions.filter(({ ended }) => !ended);
  if (found.value.length === 0 && (!own.value || live.length === 0)) return null;
  const about = { pool: pool.entry.pool, poolName: pool.entry.name, decimals: pool.pool.decimals, account: margin.key };
  const cancel = (order: Order) => {
    const who = connected.value!.account.address;
    const asked = { pool: pool.name, trader: who, account: margin.key, number: order.number, payer: order.payer };
    void perform({ ...about, kind: "cancel", owner: who, words: `${t("cancel")}: ${words(pool, order)}${money.numbered(margin.subAccount)}` }, async () => [ask("cancelOrder", asked)]);
  };
  return (
    <div class="stack tight">
      <h3>{t("orders")}</h3>
      {found.value.map(({ key, order }) => (
        <div class="note" key={key} data-test="order">
          <div class="head">
            <span>{words(pool, order)}</span>
            {own.value && (
              <button type="button" class="button little" aria-label={`${t("cancel")}: ${words(pool, order)}`} onClick={() => cancel(order)}>
                {t("cancel")}
              </button>
            )}
          </div>
        </div>
      ))}
      {own.value && live.map((position) => <Place key={`${position.series.slot}.${position.series.generation}`} pool={pool} margin={margin} position={position} about={about} />)}
    </div>
  );
}

function words(pool: PoolState, { terms }: Order): string {
  const { trigger, legs } = terms;
  const at = trigger ? ` · ${write.apart(`${pool.assets[trigger.underlying]?.symbol} ${trigger.above ? "≥" : "≤"} ${write.dollars(write.decimal(trigger.price, PLACES))}`)}` : "";
  return `${t("closeIt")}: ${legs.map(({ option }) => money.option(pool, option)).join(", ")}${at}`;
}

interface PlaceProps {
  pool: PoolState;
  margin: Margin;
  position: Position;
  about: { pool: string; poolName: string; decimals: number; account: string };
}

/** Places one order, or two of which the second is void once the first has closed the position. */
function Place({ pool, margin, position, about }: PlaceProps) {
  const [above, below] = [useSignal(""), useSignal("")];
  const [high, low] = [write.units(above.value, PLACES), write.units(below.value, PLACES)];
  const name = money.option(pool, position.option);
  const place = async () => {
    const who = connected.value!.account.address;
    const wanted = [...(high ? [{ above: true, price: high }] : []), ...(low ? [{ above: false, price: low }] : [])];
    const said = wanted.map((one) => write.apart(`${one.above ? "≥" : "≤"} ${write.dollars(write.decimal(one.price, PLACES))}`)).join(", ");
    const id = await perform({ ...about, kind: "order", owner: who, words: `${t("closeIt")}: ${name} · ${said}${money.numbered(margin.subAccount)}` }, async () => {
      const next = BigInt(accountOf(margin.key)?.decoded?.nextOrder ?? margin.decoded!.nextOrder);
      const feeds = pool.assets.flatMap(({ key, price }) => (price ? [{ underlying: key, price }] : []));
      const points = position.points.startsWith("-") ? position.points.slice(1) : `-${position.points}`;
      return wanted.map((one, count) =>
        ask("placeOrder", {
          pool: pool.name,
          payer: who,
          trader: who,
          account: margin.key,
          number: next + BigInt(count),
          terms: {
            legs: [{ option: position.option, points: points as `${bigint}` }],
            minNet: ANY,
            trigger: { underlying: position.option.underlying, ...one },
            reduceOnly: true,
            expiresAt: pool.now + LASTS,
            tip: pool.pool.params.fillTip,
          },
          feeds,
        }),
      );
    });
    if (find(id)?.state === "unsigned") return;
    above.value = "";
    below.value = "";
  };
  const wrong = (typed: string, price: bigint | null) => (typed !== "" && !price ? t("noAmount", { example: "105000" }) : null);
  return (
    <div class="row low" role="group" aria-label={name}>
      <span class="small">{name}</span>
      <div style={{ inlineSize: "210px" }}>
        <Field label={t("closeAbove")} value={above.value} onInput={(value) => (above.value = value)} unit="$" problem={wrong(above.value, high)} />
      </div>
      <div style={{ inlineSize: "210px" }}>
        <Field label={t("closeBelow")} value={below.value} onInput={(value) => (below.value = value)} unit="$" problem={wrong(below.value, low)} />
      </div>
      <button type="button" class="button" disabled={(!high && !low) || signing.value} onClick={() => void place()}>
        {t("placeOrder")}
      </button>
    </div>
  );
}
