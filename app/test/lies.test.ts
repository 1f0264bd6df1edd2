// A node that does not tell the truth: the page says that it does not know, shows nothing of it, and goes on once the truth is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Route } from "playwright-core";
import { address, Visit } from "./browser.js";
import { choose, sign } from "./flows.js";
import { forAll } from "./market.js";

const market = await forAll();

type Asked = { id: number; method: string; params: unknown[] };
/** Answers in the node's place; `false` leaves it to the node. */
type Lie = (asked: Asked, route: Route) => Promise<unknown> | false;

/** What a node tells, changed. */
const changed = (by: (told: any) => void) => async (_: Asked, route: Route) => {
  const told = await (await route.fetch()).json();
  by(told);
  await route.fulfill({ json: told });
};
const of = (method: string, lie: Lie): Lie => (asked, route) => asked.method === method && lie(asked, route);

/** A visit of somebody with tokens, and how it is lied to. */
async function ready(seed: number): Promise<{ visit: Visit; lie: (one: Lie | null) => void }> {
  const visit = await Visit.begin(market.app, { seeds: [seed] });
  visit.expected = /ERR_FAILED|failed:|Failed to load resource/;
  await market.fund(await address(seed));
  // The node alone tells the past.
  await visit.page.route("**/config.json", async (route) => route.fulfill({ json: { ...(await (await route.fetch()).json()), history: null } }));
  let lie: Lie | null = null;
  await visit.page.route(`${market.rpc}/**`, async (route) => {
    const told = lie?.(route.request().postDataJSON() as Asked, route);
    await (told || route.continue());
  });
  await visit.page.addInitScript(() => {
    const states = ((window as { states?: Set<string> }).states = new Set<string>());
    const note = () => document.querySelectorAll<HTMLElement>("[data-test=entry]").forEach(({ dataset }) => states.add(dataset.state!));
    new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true });
  });
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  return { visit, lie: (one) => (lie = one) };
}

const OFFLINE = "The network does not answer. The page tries again";

test("what a node tells is shown only where it can be true", async () => {
  const { visit, lie } = await ready(81);
  await sign(visit);
  await visit.state("filled");
  await visit.go("portfolio");
  const position = visit.page.getByRole("cell", { name: /^BTC Call/ });
  await position.waitFor();
  const error = (code: number) => changed((told) => (delete told.result, (told.error = { code, message: "Node is behind by 500 slots" })));
  const lies: [string, Lie][] = [
    ["fewer accounts than were asked for", of("getMultipleAccounts", changed(({ result }) => result.value.pop()))],
    ["accounts without data", of("getMultipleAccounts", changed(({ result }) => result.value.forEach((one: { data: unknown } | null) => one && (one.data = null))))],
    ["the answer to another question", changed((told) => (told.id += 1))],
    ["neither a result nor an error", changed((told) => delete told.result)],
    ["nothing", changed(({ result }) => delete result?.value)],
    ["of long ago", changed(({ result }) => result?.context && (result.context.slot -= 1_000))],
    ["that it is behind", error(-32005)],
    ["an error of its own", error(-32603)],
    ["no JSON", (_, route) => route.fulfill({ contentType: "application/json", body: "<html>" })],
    ["that it is asked too often", (_, route) => route.fulfill({ status: 429, headers: { "retry-after": "86400", "access-control-allow-origin": "*", "access-control-expose-headers": "retry-after" } })],
    ["not a word", () => new Promise(() => undefined)],
  ];
  for (const [what, one] of lies) {
    lie(one);
    await visit.page.getByText(OFFLINE).waitFor().catch((why: Error) => assert.fail(`${what}: ${why.message}`));
    assert.ok(await position.isVisible(), what);
    lie(null);
    await visit.page.getByText(OFFLINE).waitFor({ state: "detached" });
  }
  await visit.end();
});

test("a log that is missing is none that is empty", async () => {
  const { visit, lie } = await ready(82);
  await sign(visit);
  await visit.state("filled");
  const rows = visit.page.locator("tbody tr");
  const csv = visit.page.getByRole("button", { name: "Save as CSV" });
  const lies: [Lie, RegExp][] = [
    [of("getTransaction", changed(({ result }) => result && (result.meta.logMessages = null))), /\(a transaction without log\)/],
    [of("getTransaction", changed(({ result }) => result && (result.transaction.signatures[0] = "1".repeat(64)))), /\(another transaction than was asked for\)/],
    [of("getSignaturesForAddress", changed(({ result }) => result.reverse())), /\(a list of transactions that is none of the chain\)/],
  ];
  for (const [one, told] of lies) {
    lie(one);
    await visit.page.reload();
    await visit.go("history");
    await visit.page.getByText(told).waitFor();
    assert.ok(await csv.isDisabled());
    lie(null);
    await rows.first().waitFor();
    await visit.page.getByText(told).waitFor({ state: "detached" });
    assert.ok(await csv.isEnabled());
  }
  // A log without its lines is not whole: profit is not known, and not wrong.
  lie(of("getTransaction", changed(({ result }) => result && (result.meta.logMessages = []))));
  await visit.page.reload();
  await visit.go("portfolio");
  await visit.page.getByText("so profit is not known").waitFor();
  lie(null);
  await visit.page.reload();
  await visit.page.locator("dl .total").first().waitFor();
  // A short page is no end.
  lie(of("getSignaturesForAddress", changed(({ result }) => result.splice(1))));
  await visit.page.reload();
  await visit.page.locator("dl .total").first().waitFor();
  await visit.go("history");
  await rows.nth(2).waitFor();
  await visit.end();
});

test("nothing is called failed or too late that may have landed", async () => {
  const late = of("getEpochInfo", changed(({ result }) => (result.blockHeight += 1e9)));
  const both = (...lies: Lie[]): Lie => (asked, route) => lies.reduce<Promise<unknown> | false>((done, one) => done || one(asked, route), false);
  let sends = 0;
  const lies: [string, Lie][] = [
    ["no status at all, while its time is over", both(late, of("getSignatureStatuses", changed(({ result }) => (result.value = []))))],
    ["a status of before, while its time is over", both(late, of("getSignatureStatuses", changed(({ result }) => ((result.value = [null]), (result.context.slot -= 20)))))],
    [
      "a last block of long ago, and no status",
      both(of("getLatestBlockhash", changed(({ result }) => (result.value.lastValidBlockHeight = 1))), of("getSignatureStatuses", changed(({ result }) => (result.value = [null])))),
    ],
    ["an error of its own after it has sent it", of("sendTransaction", changed((told) => (delete told.result, (told.error = { code: -32603, message: "Internal error" }))))],
    [
      "nothing after it has sent it, and that it is refused after that",
      of("sendTransaction", async (asked, route) => {
        sends += 1;
        if (sends === 1) return route.fetch().then(() => route.abort("failed"));
        const data = { err: { InstructionError: [2, { Custom: 6000 }] }, logs: [] };
        return route.fulfill({ json: { jsonrpc: "2.0", id: asked.id, error: { code: -32002, message: "Transaction simulation failed", data } } });
      }),
    ],
  ];
  for (const [place, [what, one]] of lies.entries()) {
    const { visit, lie } = await ready(83 + place);
    lie(one);
    await sign(visit);
    await visit.state("sending");
    // Long enough that it would have been called so.
    const asked = what.includes("status") ? "getSignatureStatuses" : "getMultipleAccounts";
    for (let times = 0; times < 6; times += 1) await visit.page.waitForRequest((request) => Boolean(request.postData()?.includes(asked)));
    lie(null);
    await visit.state("filled");
    const states = await visit.page.evaluate(() => [...(window as unknown as { states: Set<string> }).states]);
    assert.ok(!states.some((state) => ["failed", "expired", "unsigned"].includes(state)), `${what}: ${states}`);
    await visit.end();
  }
});
