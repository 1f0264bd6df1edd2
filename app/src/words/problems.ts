// Why something did not happen, in words, with what to do.

import type { CancelReason, Problem } from "@evergreen/sdk";
import { t, type Word } from ".";

/** What to do about refusals of the program that whoever uses the page can meet; all others are told in the program's own words. */
const REFUSALS: Partial<Record<Word, string>> = {
  refuseShort: "ShortExceedsLong",
  refuseCash: "InsufficientCash InArrears",
  refuseHealth: "InsufficientHealth HealthLowered",
  refuseSize: "SeriesSizeLimit AccountSizeLimit Overflow",
  refuseRoom: "DirectionLimit ReserveLimit",
  refuseGrowth: "GrowthLimit",
  refuseSmall: "PositionTooSmall LegZero ZeroAmount",
  refuseOption: "StrikeOffGrid UnknownTenor NotOffered MoneynessOutOfRange SeriesAtCap SeriesExercised RegistryFull UnknownSeries OptionNotListed",
  refuseFull: "TooManyPositions TooManyOrders",
  refusePrice:
    "NoPrice PriceStale PriceUncertain PriceUnconfirmed PriceNotEarlier PriceFromFuture PriceNotPositive PriceNotTrading PriceExponent SampleDue SampleTooEarly",
  refuseMoved: "LimitExceeded BelowMinimum PriceNotFirst",
  refusePaused: "Paused PoolHalted PoolDistressed UnderlyingSilent",
  refuseOpen: "CommitmentOpen",
  refuseLiquidity: "DepositCap ZeroShares ProviderNotNamed NoNetAssetValue SharesSpent",
  refuseUnpaid: "NothingPayable WithdrawalCooling WithdrawalNotFirst PoolExhausted FundingUncollected WritersUnsettled",
  refuseNumber: "WrongNumber",
};
const words = new Map(Object.entries(REFUSALS).flatMap(([word, names]) => names.split(" ").map((name) => [name, word as Word] as const)));

/** A refusal of the program in words, with what to do. */
export function refused(name: string, message: string): string {
  const word = words.get(name);
  return word ? t(word) : t("errorProgram", { why: message || name });
}

/** Why a call has no answer, in words; and the program's own words with the two numbers that it has compared, for whoever wants to know more. */
export function told(problem: Problem): { words: string; detail: string } {
  switch (problem.kind) {
    case "Refused":
      return { words: refused(problem.name, problem.message), detail: problem.compared ? `${problem.message} (${problem.compared})` : problem.message };
    case "NoPrice":
      return { words: t("refusePrice"), detail: "" };
    default:
      return { words: t("errorOther", { why: problem.message }), detail: "" };
  }
}

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
    case "noToken":
      return t("errorTokens");
    case "program":
      return refused(rest[0] ?? "", rest.slice(1).join(":"));
    default:
      return t("errorOther", { why });
  }
}

const REASONS: Partial<Record<CancelReason, Word>> = {
  Limit: "reasonLimit",
  Cash: "refuseCash",
  Health: "refuseHealth",
  AtCap: "refuseOption",
  Exercised: "refuseOption",
  PriceTooLate: "reasonLate",
  Lapsed: "reasonLate",
  Abandoned: "reasonLate",
  PriceUncertain: "refusePrice",
  Stopped: "refusePaused",
  Distressed: "refusePaused",
};

/** Why a commitment has ended without a fill. */
export function ended(reason: CancelReason): string {
  const word = REASONS[reason];
  return word ? t(word) : reason;
}
