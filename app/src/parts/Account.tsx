// The choice of an account, for whoever has several in a pool.

import { chosen, margin, margins, others, selected } from "../lib/state";
import { t } from "../words";

/** With which of the owner's accounts is traded, where there are several. */
export function Account() {
  const pool = selected.value;
  const all = [margins.value[pool] ?? [], others.value[pool] ?? []].flat();
  const shown = all.filter((one) => one.bytes || one.subAccount === 0 || one.key === margin.value?.key);
  if (shown.length < 2) return null;
  return (
    <label class="head small">
      <span class="quiet">{t("account")}</span>
      <select
        class="input"
        style={{ inlineSize: "auto" }}
        value={String(margin.value?.subAccount ?? 0)}
        onChange={({ currentTarget }) => (chosen.value = { ...chosen.value, [pool]: Number(currentTarget.value) })}
      >
        {shown.map(({ key, subAccount }) => (
          <option key={key} value={String(subAccount)}>
            {t("subAccount", { number: String(subAccount) })}
          </option>
        ))}
      </select>
    </label>
  );
}
