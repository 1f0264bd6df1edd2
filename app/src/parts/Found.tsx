// A signature or an address, in short, with a link to where it is looked up.

import { lookUp } from "../lib/explorer";
import * as write from "../lib/format";
import { t } from "../words";

export function Found({ kind, id, words = write.short(id) }: { kind: "tx" | "address"; id: string; words?: string }) {
  const to = lookUp(kind, id);
  if (!to) {
    return (
      <span class="wrap" dir="ltr" title={id}>
        {words}
      </span>
    );
  }
  return (
    <a class="wrap" dir="ltr" href={to} target="_blank" rel="noopener noreferrer" title={id} aria-label={t("lookUp", { what: words })}>
      {words}
      <span aria-hidden="true">{"\u00a0↗"}</span>
    </a>
  );
}
