// The reader's choices: language, colours, notices.

import { useSignal } from "@preact/signals";
import * as write from "../lib/format";
import { gains, language, LANGUAGES, near, notices, theme, type Language } from "../lib/settings";
import { NAMES, t } from "../words";
import { settings } from "./open";
import { Choice, Dialog } from "./ui";

/** The choices of the reader. */
export function Settings() {
  return (
    <Dialog title={t("settings")} onClose={() => (settings.value = false)}>
      <label class="field">
        <span>{t("language")}</span>
        <select class="input" value={language.value} onChange={(event) => (language.value = event.currentTarget.value as Language)}>
          {LANGUAGES.map((one) => (
            <option key={one} value={one} lang={one}>
              {NAMES[one]}
            </option>
          ))}
        </select>
      </label>
      <div class="field">
        <span>{t("theme")}</span>
        <Choice
          block
          label={t("theme")}
          value={theme.value}
          options={[
            ["system", t("system")],
            ["light", t("light")],
            ["dark", t("dark")],
          ]}
          onChange={(value) => (theme.value = value)}
        />
      </div>
      <div class="field">
        <span>{t("colours")}</span>
        <Choice
          block
          label={t("colours")}
          value={gains.value}
          options={[
            ["green", t("green")],
            ["red", t("red")],
          ]}
          onChange={(value) => (gains.value = value)}
        />
      </div>
      <Notices />
    </Dialog>
  );
}

/** Whether the browser may tell of what happens; it asks its user once that is wanted. */
function Notices() {
  const refused = useSignal(false);
  const want = async (value: "on" | "off") => {
    refused.value = value === "on" && (!("Notification" in window) || (await Notification.requestPermission().catch(() => "denied")) !== "granted");
    notices.value = refused.value ? "off" : value;
  };
  return (
    <div class="field">
      <span>{t("notices")}</span>
      <Choice
        key={String(refused.value)}
        block
        label={t("notices")}
        value={notices.value}
        options={[
          ["off", t("off")],
          ["on", t("on")],
        ]}
        onChange={(value) => void want(value)}
      />
      <span class="small quiet">{t("noticesWhy")}</span>
      {refused.value && (
        <span class="small wrong" role="alert">
          {t("noticesRefused")}
        </span>
      )}
      {notices.value === "on" && (
        <>
          <span>{t("noticesNear")}</span>
          <Choice block label={t("noticesNear")} value={near.value} options={(["5", "10", "20"] as const).map((one) => [one, write.percent(`${one}e-2`, 0)] as const)} onChange={(value) => (near.value = value)} />
        </>
      )}
    </div>
  );
}
