// Where transactions and addresses are looked up: a link, which nothing follows by itself.

import { config } from "./config";

/** The address of a page about a transaction or an address; null where links are not wanted. */
export function lookUp(kind: "tx" | "address", id: string): string | null {
  const page = config.value?.explorer;
  if (!page || !/^https?:\/\//.test(page)) return null;
  return page.replace("{kind}", kind).replace("{id}", id);
}
