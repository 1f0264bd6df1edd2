// What most tests do in the page.

import type { Visit } from "./browser.js";

/** Puts the first ready strategy into the ticket. */
export async function choose({ page }: Visit): Promise<void> {
  await page.locator(".proposal:enabled").first().click();
  await page.locator("[data-test=net]").waitFor();
}

/** Signs what is in the ticket. The price may move as it likes until the fill: how far it does depends on the time that this takes. */
export async function sign({ page }: Visit): Promise<void> {
  await page.getByLabel("Slippage").selectOption("1000");
  await page.getByRole("button", { name: "Sign and trade" }).and(page.locator(":enabled")).click();
}
