// A real browser with a wallet in it. Whatever the page writes to its console as an error, throws, or fails to load fails the test.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createKeyPairSignerFromPrivateKeyBytes } from "@solana/kit";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const { CHROMIUM, EVERGREEN_WALLET, EVERGREEN_SHOTS } = process.env;

export interface Options {
  /** Seeds of the wallet's accounts. */
  seeds: number[];
  delay: number;
  approve: boolean;
  trusted: boolean;
  /** Networks that the wallet names. */
  chains: string[];
  width: number;
  height: number;
  dark: boolean;
  locale: string;
}

/** Long, so that it does not depend on the machine: only what never comes takes so long. */
export const LONGEST_WAIT = Number(process.env.EVERGREEN_PATIENCE ?? 180_000);

let browser: Browser | undefined;

export async function open(): Promise<void> {
  browser = await chromium.launch({
    ...(CHROMIUM ? { executablePath: CHROMIUM } : {}),
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export async function close(): Promise<void> {
  await browser?.close();
}

export async function address(seed: number): Promise<string> {
  return (await createKeyPairSignerFromPrivateKeyBytes(new Uint8Array(32).fill(seed))).address;
}

export class Visit {
  readonly problems: string[] = [];
  /** Failures that a test makes itself. */
  expected: RegExp | null = null;

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly app: string,
    /** What is put into each page: a wallet. */
    private readonly injected: string,
  ) {}

  static async begin(app: string, chosen: Partial<Options> = {}): Promise<Visit> {
    const { seeds = [1], delay = 0, approve = true, trusted = true, chains, width = 1440, height = 900, dark = false, locale = "en-US" } = chosen;
    const context = await browser!.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light", reducedMotion: "reduce", locale });
    const options = JSON.stringify({ name: "Test Wallet", seeds, delay, approve, trusted, chains });
    return Visit.open(context, app, `window.walletOptions = ${options};\n${readFileSync(EVERGREEN_WALLET!, "utf8")}`);
  }

  /** Another tab of the same browser, with the same wallet. */
  async tab(): Promise<Visit> {
    return Visit.open(this.context, this.app, this.injected);
  }

  private static async open(context: BrowserContext, app: string, injected: string): Promise<Visit> {
    const page = await context.newPage();
    page.setDefaultTimeout(LONGEST_WAIT);
    await page.addInitScript({ content: injected });
    const visit = new Visit(context, page, app, injected);
    const note = (text: string) => {
      if (!visit.expected?.test(text)) visit.problems.push(text);
    };
    page.on("pageerror", (error) => note(`thrown: ${error.stack ?? error.message}`));
    page.on("console", (message) => message.type() === "error" && note(`console: ${message.text()}`));
    // The page asks its server, the network and the data service, all of them here, and nobody else.
    page.on("request", (request) => /^https?:/.test(request.url()) && new URL(request.url()).hostname !== "127.0.0.1" && visit.problems.push(`asked: ${request.url()}`));
    page.on("requestfailed", (request) => request.failure()?.errorText !== "net::ERR_ABORTED" && note(`failed: ${request.url()} ${request.failure()?.errorText}`));
    return visit;
  }

  /** Goes to a view and waits until it is there. */
  async go(view: string): Promise<this> {
    await this.page.goto(`${this.app}#/${view}`);
    await this.page.locator("main h1").first().waitFor({ state: "attached" });
    return this;
  }

  async wallet(change: object): Promise<void> {
    await this.page.evaluate((by) => Object.assign((window as unknown as { walletOptions: object }).walletOptions, by), change);
  }

  /** Connects the wallet by its dialog. */
  async connect(): Promise<void> {
    await this.page.locator("[data-test=wallet]").click();
    await this.page.getByRole("button", { name: "Test Wallet" }).click();
    await this.page.getByRole("dialog").waitFor({ state: "detached" });
  }

  /** Waits until the newest entry is in a state. */
  async state(state: string): Promise<void> {
    const wanted = this.page.locator(`[data-test=entry] >> nth=0`).and(this.page.locator(`[data-state=${state}]`));
    await wanted.waitFor().catch(async (error: Error) => {
      const journal = await this.page.evaluate(() => localStorage.getItem("evergreen:journal"));
      throw new Error(`${error.message}\nThe journal: ${journal}`);
    });
  }

  async shot(name: string): Promise<void> {
    if (!EVERGREEN_SHOTS) return;
    mkdirSync(EVERGREEN_SHOTS, { recursive: true });
    // What sticks to the top of the window is drawn once, at the top.
    await this.page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
    await this.page.screenshot({ path: join(EVERGREEN_SHOTS, `${name}.png`), fullPage: true });
  }

  /** Nobody is shut out: no violation of the rules of accessibility. */
  async accessible(): Promise<void> {
    await this.page.evaluate(axe.source);
    const found = await this.page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ["violations"] }));
    const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`);
    assert.deepEqual(told, [], this.page.url());
  }

  /** Nothing is wider than the page, and no text is cut off. */
  async fits(): Promise<void> {
    const wide = await this.page.evaluate(() => {
      const { clientWidth } = document.documentElement;
      const found = document.documentElement.scrollWidth > clientWidth ? [`the page: ${document.documentElement.scrollWidth} of ${clientWidth}`] : [];
      const nav = document.querySelector("nav")!;
      if (nav.scrollWidth > nav.clientWidth + 1) found.push(`cut: the views, ${nav.scrollWidth} of ${nav.clientWidth}`);
      const head = document.querySelector("header")!;
      if (head.clientHeight > 110) found.push(`the head is ${head.clientHeight} high`);
      // What is a list on a phone is read without moving it sideways.
      for (const { scrollWidth, clientWidth: width } of [...document.querySelectorAll("table.list")].map((one) => one.parentElement!))
        if (scrollWidth > width + 1) found.push(`cut: a list, ${scrollWidth} of ${width}`);
      for (const one of document.querySelectorAll<HTMLElement>("button, .choice span, h1, h2, h3, dt, dd, p, strong, th, label")) {
        if (one.closest(".scroll, .hidden, nav") || one.classList.contains("hidden") || one.getClientRects().length === 0) continue;
        const { left, right } = one.getBoundingClientRect();
        if (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline") found.push(`cut: ${one.textContent}`);
        if (left < -1 || right > clientWidth + 1) found.push(`outside: ${one.textContent}`);
      }
      return found;
    });
    assert.deepEqual(wide, [], this.page.url());
  }

  async end(): Promise<void> {
    // What a test answers in the network's place may still be under way.
    await this.context.unrouteAll({ behavior: "ignoreErrors" });
    for (const page of this.context.pages()) await page.unrouteAll({ behavior: "ignoreErrors" });
    await this.context.close();
    assert.deepEqual(this.problems, []);
  }
}
