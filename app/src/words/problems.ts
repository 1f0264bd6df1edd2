// Why something did not happen, in words, with what to do.

import { t } from ".";

/** `key:detail`, as the journal keeps it. */
export function explained(problem: string): string {
  const [key, ...rest] = problem.split(":");
  const why = rest.join(":");
  switch (key) {
    case "wallet": {
      const [kind, ...message] = rest;
      if (kind === "rejected") return t("walletRejected");
      if (kind === "noAccount") return t("walletNoAccount");
      if (kind === "changed") return t("walletAccountChanged");
      if (kind === "wrongNetwork") return t("walletNetwork");
      return t("walletFailed", { why: message.join(":") });
    }
    case "reloaded":
      return t("walletReloaded");
    case "blockhash":
      return t("errorBlockhash");
    case "noSol":
      return t("errorNoSol");
    case "tooLarge":
      return t("errorTooLarge");
    case "network":
      return t("errorNetwork", { why });
    case "program":
      return t("errorProgram", { why });
    default:
      return t("errorOther", { why });
  }
}
