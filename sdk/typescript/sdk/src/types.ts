// Written by `cargo xtask web` from the Rust types; a test compares it.

/** A whole number as decimal text, because JavaScript's numbers are exact to 2^53 only. `BigInt(text)` reads it. */
export type Int = `${bigint}`;
/** A decimal number as text, exact, with at most 28 digits. */
export type DecimalText = string;
/** An address; base58. */
export type Key = string;
/** Bytes of an account or an instruction; base64. */
export type Base64 = string;
/** Bytes of a field; hexadecimal. */
export type Hex = string;
/** A number in 64.64 fixed point: its bits, and all of its decimals. */
export interface Fixed {
  bits: Int;
  decimal: string;
}

/** Takes the role of admin. */
export interface AcceptAdmin {
  /** The admin to be. */
  admin: Key;
}

/** Asks what an account holds, or what an event tells. */
export interface AccountBytes {
  /** Bytes of the account or the event. */
  data: Base64;
}

/** An account that an instruction names. */
export interface AccountMeta {
  /** Its address. */
  address: Key;
  /** Whether it signs. */
  signer: boolean;
  /** Whether it is written. */
  writable: boolean;
}

/** An account was upgraded to the present layout version. */
export interface AccountMigrated {
  /** This is the account. */
  account: Key;
  /** This is the layout version of the account now. */
  version: number;
}

/** Profit and loss that adds up to the unit: deposits − withdrawals + realised + unrealised = equity + set aside. Native units. */
export interface AccountPerformance {
  /** Tokens that came in. */
  deposits: Int;
  /** Tokens that went out. */
  withdrawals: Int;
  /** Realised profit and loss. */
  realised: Int;
  /** Live positions at the mark, less their cost. */
  positions: Int;
  /** Ended positions as they will be paid, less their cost. */
  ended: Int;
  /** Funding since the last settlements. */
  funding: Int;
  /** Losses by seizure that are borne next. */
  losses: Int;
  /** Cash if all positions were closed at the mark. */
  equity: Int;
  /** What is set aside for tips, bonds and stakes. */
  setAside: Int;
  /** Profit and loss, realised and not. */
  profit: Int;
}

/** Asks about a margin account. */
export interface AccountQuestion {
  /** The pool. */
  view: number;
  /** Bytes of the margin account. */
  account: Base64;
}

/** How a node finds all margin accounts of an owner, in all pools: accounts of the program whose bytes are these at these places. */
export interface AccountSearch {
  /** The program. */
  program: Key;
  /** The first bytes. */
  prefix: Base64;
  /** The place of the owner. */
  ownerAt: number;
}

/** A margin account with its funding settled and its exercised positions paid. Amounts are native units. */
export interface AccountState {
  /** Cash. */
  cash: Int;
  /** The cash if all positions were closed at the mark, rounded down. */
  equity: Int;
  /** Initial health, which must not be negative after adding risk or withdrawing. */
  initialHealth: Int;
  /** Target health, which a liquidation restores to zero. */
  targetHealth: Int;
  /** Maintenance health; if it is negative anyone may liquidate the account. */
  maintenanceHealth: Int;
  /** Funding that the account pays a day at present prices and carry, rounded up; negative if it receives funding. */
  fundingPerDay: Int;
  /** The part of it that is carry, rounded up. */
  carryPerDay: Int;
  /** Seconds that the cash lasts at present funding, rounded down; null where the account pays none. */
  runway?: Int | null;
}

/** The statement of a margin account. */
export interface AccountStatement {
  /** Movements, the oldest first. */
  lines: StatementLine[];
  /** Sums of all changes of wealth by kind. */
  moved: KindSum[];
  /** Sums of what is realised by kind. */
  realised: KindSum[];
  /** Positions that the history tells of, also closed ones. */
  holdings: HoldingCost[];
  /** Cash by the events, native units. */
  cash: Int;
  /** Why the history is not complete; null where it is. */
  gap?: string | null;
  /** Profit and loss; null without pool and account, and where it is not known. */
  performance?: AccountPerformance | null;
  /** Why it is not known. */
  problem?: Problem | null;
}

/** Applies points of funding to a part of a registry. */
export interface AccrueFunding {
  /** Which pool. */
  pool: PoolName;
  /** The underlying. */
  underlying: Key;
  /** First slot. */
  first: number;
  /** Number of slots. */
  count: number;
}

/**
 * An action that can be paused on its own. Exercises and volatility samples cannot: each decides what others are paid, and whoever could hold it up
 * could trade on that.
 */
export type Action = "AddRisk" | "ReduceRisk" | "DepositMargin" | "WithdrawMargin" | "DepositLiquidity" | "WithdrawLiquidity" | "Liquidate" | "Settle" | "List";

/** A new admin took over. */
export interface AdminAccepted {
  /** This is the admin. */
  admin: Key;
  /** This is the version of the protocol's configuration now. */
  configVersion: number;
}

/** Liquidation prices of an account. */
export interface AllLiquidationPrices {
  /** By underlying. */
  prices: LiquidationPrices[];
}

/** Asks about an amount and a class of shares. */
export interface AmountQuestion {
  /** The pool. */
  view: number;
  /** The class. */
  class: ShareClass;
  /** Native units of a deposit, shares of a withdrawal. */
  amount: Int;
}

/** A key of the protocol. */
export interface AnAddress {
  /** Base58. */
  address: Key;
}

/** Arrears of an account were collected, like a fee. */
export interface ArrearsCollected {
  /** This is the account. */
  account: Key;
  /** It is what was collected, which is the main class's whole. */
  fee: Int;
  /** Arrears that are left. */
  arrears: Int;
}

/** Closes written options of which more are written than bought. */
export interface AutoDeleverage {
  /** Which pool. */
  pool: PoolName;
  /** Who signs. */
  keeper: Key;
  /** The margin account. */
  account: Key;
  /** The series. */
  series: SeriesId;
  /** Points to close. */
  points: Int;
  /** Feeds of the account's live positions, with the first prices after the notice. */
  feeds: Feed[];
}

/** Negative cash of an account without positions was covered. */
export interface BadDebtAbsorbed {
  /** This is the account. */
  account: Key;
  /** It is the amount that insurance paid. */
  fromInsurance: Int;
  /** It is the amount that the main class paid. */
  fromPool: Int;
}

/** A private pool that is halted will buy back what is left of its options. */
export interface BuybackAnnounced {
  /** This is the pool. */
  pool: Key;
  /** This is in unix seconds. Positions are closed at the first prices that are published after it. */
  moment: Int;
  /** This is the premium on the value, in basis points. */
  premiumBps: number;
  /** This is who did it. */
  by: Key;
}

/** Names a pool, and who acts on it. */
export interface ByOfPool {
  /** Who signs: guardian or curator; the curator to be, for `acceptCurator`. */
  by: Key;
  /** Address of the pool. */
  pool: Key;
}

/** Cancels an order. */
export interface CancelOrder {
  /** Which pool. */
  pool: PoolName;
  /** Owner or delegate. */
  trader: Key;
  /** The margin account. */
  account: Key;
  /** The order's number. */
  number: Int;
  /** Who has paid its rent. */
  payer: Key;
}

/** Cancels a proposal. */
export interface CancelProposal {
  /** What counts it: the protocol where it is left out, or a curated pool. */
  queue?: Key | null;
  /** Guardian, admin or curator. */
  by: Key;
  /** Its number. */
  number: Int;
  /** Who has paid its rent. */
  payer: Key;
}

/** Why an order was cancelled, or a commitment ended without a fill. */
export type CancelReason = "Requested" | "Expired" | "Exercised" | "NothingToReduce" | "Cash" | "Health" | "Rules" | "Limit" | "AtCap" | "PriceTooLate" | "PriceUncertain" | "Stopped" | "Lapsed" | "Abandoned" | "DelegateDismissed" | "RulesChanged" | "Distressed";

/** The most that can be traded of an option in one leg now. */
export interface Capacity {
  /** Most points that can be bought. */
  buy: Int;
  /** Most points that can be sold. */
  sell: Int;
}

/** All options of one tenor. */
export interface Chain {
  /** Price of the underlying, dollars. */
  spot: Fixed;
  /** Strikes, whole dollars, in rising order. */
  strikes: Int[];
  /** The options: by strike, calls before puts. */
  rows: ChainEntry[];
}

/** One option of a chain. Amounts are native units. */
export interface ChainEntry {
  /** The option. */
  option: OptionId;
  /** Its series; null where it is not listed yet. */
  series?: SeriesId | null;
  /** Mark and sensitivities; null where the option cannot be valued, for instance beyond its cap. */
  sensitivities?: Sensitivities | null;
  /** Change of cash if the size is bought, fee included; null where that is refused. */
  buy?: Int | null;
  /** Why it is refused. */
  buyProblem?: Problem | null;
  /** Change of cash if the size is sold, fee included; null where that is refused. */
  sell?: Int | null;
  /** Why it is refused. */
  sellProblem?: Problem | null;
  /** Most points that can be bought, where it is asked for. */
  roomToBuy?: Int | null;
  /** Most points that can be sold, where it is asked for. */
  roomToSell?: Int | null;
  /** Points that the account holds, negative where it has written them. */
  held: Int;
  /** Points that all accounts hold. */
  bought: Int;
  /** Points that all accounts have written. */
  written: Int;
}

/** Asks for all options of one tenor. */
export interface ChainQuestion {
  /** The pool. */
  view: number;
  /** Bytes of the margin account; left out for the prices of an account with plenty of cash. */
  account?: Base64 | null;
  /** Place of the underlying in the pool's list. */
  underlying: number;
  /** Tenor, seconds. */
  tenor: number;
  /** Size, points. */
  points: Int;
  /** Strikes, whole dollars; left out for those around the price, and all that are listed. */
  strikes?: Int[] | null;
  /** Number of strikes around the price where none are given; 12 where it is left out. */
  around?: number | null;
  /** Whether the most that can be bought and sold of each option is told, which takes longer. */
  room: boolean;
}

/** What a proposal changes, with the exact new values. */
export type Change =
  | { kind: "PoolParams"; value: PoolParams }
  | { kind: "UnderlyingParams"; value: UnderlyingParams }
  | { kind: "PriceSource"; source: PriceSource; priceOwner: Key }
  | { kind: "ResumePool" }
  | { kind: "Guardian"; value: Key }
  | { kind: "FeeOwner"; value: Key }
  | { kind: "Admin"; value: Key }
  | { kind: "Timelock"; value: number }
  | { kind: "Curator"; value: Key };

/** Accounts of a change. */
export interface ChangeTarget {
  /** What counts its proposals: the protocol where it is left out, or a curated pool. */
  queue?: Key | null;
  /** What is changed: protocol, pool or underlying. */
  target: Key;
  /** Other accounts that it needs: underlyings of a pool, the price account of an underlying. */
  others: Key[];
}

/** Pays a referrer's part of fees out. */
export interface ClaimReferral {
  /** Which pool. */
  pool: PoolName;
  /** The referrer. */
  referrer: Key;
  /** The margin account whose fees they are a part of. */
  account: Key;
}

/** Asks about a class of shares. */
export interface ClassQuestion {
  /** The pool. */
  view: number;
  /** The class. */
  class: ShareClass;
}

/** Closes a position of which notice was given. */
export interface CloseForPlace {
  /** Which pool. */
  pool: PoolName;
  /** Who signs. */
  keeper: Key;
  /** The margin account. */
  account: Key;
  /** The series. */
  series: SeriesId;
  /** Why notice was given. */
  cause: NoticeCause;
  /** Feeds of the account's live positions, with the first prices after the notice. */
  feeds: Feed[];
}

/** Closes an empty margin account. */
export interface CloseMarginAccount {
  /** Which pool. */
  pool: PoolName;
  /** Its owner. */
  owner: Key;
  /** The margin account. */
  account: Key;
}

/** Pays fees out. */
export interface CollectFees {
  /** Which pool. */
  pool: PoolName;
  /** The token account that is paid. */
  to: Key;
}

/** Commits the trade of an order whose condition holds. */
export interface CommitOrder {
  /** Which pool. */
  pool: PoolName;
  /** Who signs. */
  keeper: Key;
  /** The margin account. */
  account: Key;
  /** The order's number. */
  number: Int;
  /** Who has paid its rent. */
  payer: Key;
  /** A margin account of the keeper in the pool, which gets the tip. */
  keeperAccount?: Key | null;
  /** Feeds of the legs, of the trigger and of the live positions. */
  feeds: Feed[];
}

/** Asks whether a trade can be committed within a limit. */
export interface CommitQuestion {
  /** The pool. */
  view: number;
  /** Bytes of the margin account. */
  account: Base64;
  /** One to four legs. */
  legs: OptionLeg[];
  /** The bit of each leg that must only make a position smaller. */
  closing: number;
  /** Least change of cash accepted, fees included, native units; negative is the most to pay. */
  minNet: Int;
}

/** A trade that can be committed. Amounts are native units. */
export interface CommitQuote {
  /** Tip of whoever fills it. */
  tip: Int;
  /** Bond, which comes back when it is filled. */
  bond: Int;
  /** Unix seconds after which the price that fills it is published. */
  priceAfter: Int;
  /** Bytes of the margin account afterwards. */
  accountAfter: Base64;
}

/** Commits a trade. */
export interface CommitTrade {
  /** Which pool. */
  pool: PoolName;
  /** Owner or delegate. */
  trader: Key;
  /** The margin account. */
  account: Key;
  /** The account's next number (`nextOrder`). */
  number: Int;
  /** What is traded, and within which limits. */
  terms: TradeTerms;
  /** For a trade that adds risk to an account with written options: the feeds of its positions. */
  feeds?: Feed[] | null;
}

/** A trade that its trader can no longer take back. The first price published after it fills it, and anyone may send that price. */
export interface Commitment {
  /** These are the unix seconds at which the trade was committed; zero where there is no commitment. */
  committedAt: Int;
  /** This is the least change of cash accepted, fees included (negative: the most to pay), native units. */
  minNet: Int;
  /** This is the tip of the filler, in native units. It was set aside when the trade was committed. */
  tip: Int;
  /** It is what it costs if it is not filled, in native units; zero for a trade that only reduces. It was set aside with the tip. */
  bond: Int;
  /**
   * It is what somebody else who committed an order has set aside out of an account of their own, in native units: what it costs if the commitment ends in
   * vain for a reason that they chose with the moment.
   */
  stake: Int;
  /** It is the number of the order that it comes from, plus one; zero for a trade. */
  order: Int;
  /** It is the least size of a position that the trade leaves, in points, as the pool had it then. */
  leastPoints: Int;
  /** It is what is held of a delegate's allowance until it ends, in native units: what it may cost in tip and fees; zero where the owner has committed it. */
  held: Int;
  /** It is what it has taken off that allowance for the penalty on what is written with it, in native units. */
  penaltyHeld: Int;
  /** It is what has come into the account since then beside funding and what its options bring, in native units. Whoever can bring it about at will would choose by it whether the trade is paid, so it pays none. */
  added: Int;
  /** These are the legs. */
  legs: CommittedLeg[];
  /** These are the bits of the legs that may only make a position smaller. */
  closing: number;
  /** These are the seconds from the commitment to the moment after which its price is published, as the pool had it then. */
  fillDelay: number;
  /** These are the seconds after that moment within which its price has to be published, and the commitment to be filled, as the pool had it then. */
  fillWindow: number;
  /** One where somebody else has committed an order and has a stake, however much a loss has left of it; otherwise zero. */
  staked: number;
}

/** A committed trade was not filled; no position has changed. */
export interface CommitmentCancelled {
  /** This is the account. */
  account: Key;
  /** This says why. */
  reason: CancelReason;
  /** Number of the error that says which rule of a trade would have been broken; zero where none. */
  error: number;
  /** Bond that went back to the account before the fee was paid. */
  bond: Int;
  /** This is the stake of whoever committed an order. */
  stake: Int;
  /** How much of it has paid the fee; the account has paid the rest. */
  forfeited: Int;
  /** Fee paid, which is the main class's whole. */
  fee: Int;
  /** What the account could not pay of twice the fee of its trade and is in arrears with, beside `fee`. */
  arrears: Int;
  /** It is the margin account that the tip went to; `None` when it went back to the account. */
  fillerAccount: Key | null;
  /** This is the tip of the trade; that of an order is told by the order's own event. */
  tip: Int;
  /** This is the cash of the account afterwards. */
  cash: Int;
}

/** A committed trade was filled; the trade's own events precede this one. */
export interface CommitmentFilled {
  /** This is the account. */
  account: Key;
  /** It is the margin account that the tip went to; `None` when it went back to the account. */
  fillerAccount: Key | null;
  /** This is the tip of the trade; that of an order is told by the order's own event. */
  tip: Int;
  /** It is the bond that went back to the account. */
  bond: Int;
  /** It is the stake that went back to whoever committed an order. */
  stake: Int;
}

/** A leg of a commitment. The entry is free when `points` is zero. */
export interface CommittedLeg {
  /** These are the points bought (positive) or sold (negative). */
  points: Int;
  /** This is the generation of the series. */
  generation: number;
  /** This is the slot of the series in the registry. */
  slot: number;
  /** These are the points of it that open a position or make it larger, as things stood when it was committed. The capacity for them is reserved. */
  opening: Int;
  /** It says how much that adds to its side of the delta, in native units, positive upward, as the series' slope was then. The room for it is reserved. */
  delta: Int;
}

/** Number of the next transfer of a key. It is never closed, so no number is ever taken twice. */
export interface Counter {
  /** Layout version. */
  version: number;
  /** Bump of this address. */
  bump: number;
  /** Whose numbers these are. */
  owner: Key;
  /** Number of the next transfer. */
  nextNumber: Int;
}

/** Asks for the address of the counter of a key's transfers. */
export interface CounterName {
  /** Whose. */
  owner: Key;
}

/** Creates a pool. */
export interface CreatePool {
  /** Which pool: without a creator it is one of the protocol, which the admin signs; otherwise its creator signs, who becomes its curator. */
  pool: PoolName;
  /** Who pays rent. */
  payer: Key;
  /** The protocol's admin, for a pool of the protocol. */
  admin?: Key | null;
  /** One point pays 10^−e native units a dollar. */
  scaleExponent: number;
  /** Whether only whom the curator names deposits. */
  private: boolean;
  /** First deposit of a pool of somebody else, native units. */
  seed: Int;
  /** Parameters. */
  params: PoolParams;
  /** Addresses of its underlyings. */
  underlyings: Key[];
}

/** Creates an underlying. */
export interface CreateUnderlying {
  /** Who pays rent. */
  payer: Key;
  /** The protocol's admin. */
  admin: Key;
  /** Account with the price of now. */
  price: Key;
  /** What it is. */
  config: UnderlyingConfig;
}

/** A new curator took over a pool. */
export interface CuratorAccepted {
  /** This is the pool. */
  pool: Key;
  /** This is the curator; the default key where the pool has become one of the protocol. */
  curator: Key;
  /** These are the fees that the curator before the last had not collected, which became protocol fees. */
  forfeited: Int;
  /** This is the version of the pool's configuration now. */
  configVersion: number;
}

/** The curator's fees were paid out. */
export interface CuratorFeesCollected {
  /** This is the pool. */
  pool: Key;
  /** This is who got them: the curator, or the fee owner in a pool of the protocol. */
  owner: Key;
  /** This is the amount. */
  amount: Int;
}

/** The delegate of an account changed. */
export interface DelegateChanged {
  /** This is the account. */
  account: Key;
  /** This is the delegate; the default key for nobody. */
  delegate: Key;
  /** It is what the delegate's trades may cost in tips, fees and penalties from now on. */
  allowance: Int;
}

/** A deposit of liquidity, ready to be signed. */
export interface DepositPlan {
  /** Instructions of one transaction, in order. */
  instructions: Instruction[];
  /** Who signs, the payer first. */
  signers: Key[];
  /** The estimate at the prices of now. */
  quote: DepositQuote;
}

/** Asks for the instructions of a deposit of liquidity. */
export interface DepositPlanQuestion {
  /** The pool. */
  view: number;
  /** Who provides. */
  owner: Key;
  /** The class. */
  class: ShareClass;
  /** Native units. */
  amount: Int;
  /** The next number of the owner's counter. */
  number: Int;
  /** How much fewer shares than quoted are accepted, in basis points; 100 where it is left out. */
  slippageBps?: number | null;
}

/** Shares for a deposit. */
export interface DepositQuote {
  /** Shares minted, rounded down. */
  shares: Int;
  /** Net asset value of the class before, upper bound, native units. */
  assets: Int;
}

/** Tokens were paid in for shares, which are minted after a full minute. */
export interface DepositRequested {
  /** This is the pool. */
  pool: Key;
  /** This is the class. */
  class: ShareClass;
  /** This is the number of the request. */
  id: Int;
  /** This is its owner. */
  owner: Key;
  /** This is the amount. */
  amount: Int;
  /** It is the least number of shares that it takes. */
  minShares: Int;
  /** It is the token account that receives the shares. */
  sharesTo: Key;
  /** This is the full minute of it, unix seconds: it is executed within twenty seconds after. */
  minute: Int;
}

/** A deposit was not executed; its tokens are set aside for its owner to claim. */
export interface DepositReturned {
  /** This is the pool. */
  pool: Key;
  /** This is the class. */
  class: ShareClass;
  /** This is the number of the request. */
  id: Int;
  /** This is its owner. */
  owner: Key;
  /** This says why. */
  reason: ReturnReason;
  /** It is what the owner can claim; less than what was paid in also by losses through seizures since. */
  amount: Int;
  /** It is what stays with the providers. */
  fee: Int;
}

/** A pool became distressed, or is no longer distressed. */
export interface DistressChanged {
  /** This is the pool. */
  pool: Key;
  /** This says whether the pool is distressed now. */
  distressed: boolean;
}

/** Asks which account has an earlier price that confirms an underlying's. */
export interface EarlierPrice {
  /** The underlying and its price. */
  market: Market;
  /** The moment after which the price has to be the first one, unix seconds; left out where it is the newest one. */
  after?: Int | null;
  /** Time of the chain's clock, unix seconds. */
  now: Int;
  /** The accounts that may have it. */
  candidates: FetchedAccount[];
}

/** Ends a series of a silent underlying. */
export interface EndSeries {
  /** Which pool. */
  pool: PoolName;
  /** The series. */
  series: SeriesId;
  /** Its underlying. */
  underlying: Key;
}

/** Events of the program. */
export interface Events {
  /** In order. */
  events: ProgramEvent[];
  /** Whether the network has cut the log, so that later events are lost. */
  truncated: boolean;
}

/** Mints the shares of a deposit. */
export interface ExecuteDeposit {
  /** Which pool. */
  pool: PoolName;
  /** Bytes of the request. */
  request: Base64;
  /** Feeds of a valuation, with the first prices after the request's minute; none for the insurance class. */
  feeds: Feed[];
}

/** Executes a proposal whose time has come. */
export interface ExecuteProposal {
  /** Its number. */
  number: Int;
  /** Who has paid its rent. */
  payer: Key;
  /** Its accounts. */
  accounts: ChangeTarget;
}

/** Executes a withdrawal. */
export interface ExecuteWithdrawal {
  /** Which pool. */
  pool: PoolName;
  /** Address of the request, the first one of its queue. */
  request: Key;
  /** Feeds of a valuation, with the first prices after the last full minute; none for the insurance class. */
  feeds: Feed[];
}

/** Exercises a series at its cap. */
export interface ExerciseSeries {
  /** Which pool. */
  pool: PoolName;
  /** The series. */
  series: SeriesId;
  /** Its underlying with the price of now, and with an earlier one behind it where that has to confirm it. */
  feeds: Feed[];
}

/** What the net asset value gains and loses. Amounts are native units, to the nearest one. */
export interface Exposure {
  /** What is gained if the price doubles at its present slope. */
  delta: Int;
  /** By how much a rise of the price by one per cent raises the delta. */
  gamma: Int;
  /** What is gained if the volatility at the money rises by one point. */
  vega: Int;
}

/** An underlying and the account with its price. */
export interface Feed {
  /** The underlying. */
  underlying: Key;
  /** The price account. */
  price: Key;
}

/** Protocol fees were paid out. */
export interface FeesCollected {
  /** This is the pool. */
  pool: Key;
  /** This is the amount. */
  amount: Int;
}

/** An account that the network has told. */
export interface FetchedAccount {
  /** Its address. */
  address: Key;
  /** Program that owns it. */
  owner: Key;
  /** Its bytes. */
  data: Base64;
}

/** What becomes of a commitment in a second. */
export interface FillInSecond {
  /** The second, unix seconds. */
  now: Int;
  /** Change of the account's cash, native units; null where the commitment ends without a fill. */
  net?: Int | null;
}

/** What the fill of a commitment needs. */
export interface FillNeeds {
  /** Unix seconds after which its price is published. */
  priceAfter: Int;
  /** Places of the underlyings whose prices it needs, in rising order. */
  underlyings: number[];
  /** The underlyings whose volatility has to be sampled before. */
  samples: Sample[];
}

/** A fill, ready to be signed. */
export interface FillPlan {
  /** Instructions of one transaction, in order. */
  instructions: Instruction[];
  /** Who signs, the payer first. */
  signers: Key[];
  /** What becomes of the commitment in the second of the view, exactly. */
  quote: FillQuote;
  /**
   * What becomes of it in each of the next seconds: volatilities of marks move on until the second of the fill. It ends before the second in which a
   * volatility sample is due that the transaction does not take; then the program refuses it.
   */
  later: FillInSecond[];
}

/** Asks for the instructions of a fill, on a view with the first prices after the commitment. Samples that it waits for come in front. */
export interface FillPlanQuestion {
  /** The pool. */
  view: number;
  /** Address of the margin account. */
  address: Key;
  /** Bytes of the margin account. */
  account: Base64;
  /** Bytes of the order that the commitment comes from, if it comes from one. */
  order?: Base64 | null;
  /** Who pays the network's fees. */
  payer: Key;
  /** A margin account in the pool that receives the tip. */
  filler?: Key | null;
  /** For how many of the next seconds it is told what becomes of the commitment in each; none where it is left out. */
  seconds?: number | null;
}

/** What becomes of a commitment. Amounts are native units. */
export interface FillQuote {
  /** Whether it is filled. */
  filled: boolean;
  /** Change of cash by all legs; zero where it is not filled. */
  net: Int;
  /** Fee of a trade that is not filled. */
  fee: Int;
  /** The legs of a trade that is filled. */
  legs: LegQuote[];
  /** Why it is not filled. */
  reason?: CancelReason | null;
  /** Name of the error that says which rule would be broken. */
  error?: string | null;
  /** What whoever fills it gets. */
  tip: Int;
  /** Bytes of the margin account afterwards, if another account receives the tip. */
  accountAfter: Base64;
}

/** Fills the commitment of an account. */
export interface FillTrade {
  /** Which pool. */
  pool: PoolName;
  /** The margin account. */
  account: Key;
  /** A margin account in the same pool that receives the tip. */
  filler?: Key | null;
  /** Number of the order that the commitment comes from. */
  order?: Int | null;
  /** Who has paid the order's rent. */
  orderPayer?: Key | null;
  /** Feeds of the legs and of the live positions, no other, each with the first price published after the commitment. */
  feeds: Feed[];
}

/** Asks which account has the first price after a moment. */
export interface FirstPrice {
  /** Bytes of the underlying. */
  underlying: Base64;
  /** The accounts that may have it. */
  candidates: FetchedAccount[];
  /** The moment, unix seconds. */
  after: Int;
  /** Time of the chain's clock, unix seconds. */
  now: Int;
}

/** Closes a position that is closed against its owner's will. */
export interface ForcedClose {
  /** Which pool. */
  pool: PoolName;
  /** Who signs. */
  keeper: Key;
  /** The margin account. */
  account: Key;
  /** The series. */
  series: SeriesId;
  /** Feeds of the account's live positions. */
  feeds: Feed[];
}

/** The account with the price. */
export interface FoundPrice {
  /** Its address; null where none of the accounts has it. */
  address?: Key | null;
}

/** Points of funding were applied to a part of a registry. */
export interface FundingAccrued {
  /** This is the pool. */
  pool: Key;
  /** This is the underlying. */
  underlying: Key;
  /** This is the first slot. */
  first: number;
  /** This is the number of slots. */
  count: number;
  /** This is the number of live series of the underlying with open interest in them. */
  series: number;
}

/** Price and volatility of an underlying at one moment. */
export interface FundingPoint {
  /** This is the price in 2^−16 dollars, little-endian; zero where the half-hour has no point. */
  price: Hex;
  /** Annual volatility of marks at the money of the shortest tenor, in basis points, rounded to the nearest. */
  sigmaBps: number;
  /** These are the seconds from the beginning of the half-hour to the point. */
  late: number;
}

/** The points of the last half-hours, each at its number modulo `MAX_FUNDING_POINTS`. */
export interface FundingPoints {
  /** This is the number of the half-hour of the newest point since 1970. */
  newest: number;
  /** These are the points. */
  points: FundingPoint[];
}

/** Funding of a position was settled. */
export interface FundingSettled {
  /** This is the account. */
  account: Key;
  /** This is the series. */
  series: SeriesId;
  /** This is the change of cash; negative when funding was paid. */
  amount: Int;
}

/** Prices from one to another at which nothing is lost. */
export interface GainRange {
  /** From this price on, dollars; null where it has no lower end within a hundredth of the price. */
  from?: Fixed | null;
  /** Up to this price, dollars; null where it has no upper end within a hundred times the price. */
  to?: Fixed | null;
}

/** Asks for the address of a share mint, or of what is left for the shares of an earlier generation. */
export interface GenerationName {
  /** The pool. */
  pool: Key;
  /** The class. */
  class: ShareClass;
  /** The generation. */
  generation: number;
}

/** Gives notice of a series. */
export interface GiveNotice {
  /** Which pool. */
  pool: PoolName;
  /** The series. */
  series: SeriesId;
  /** Its underlying. */
  underlying: Key;
  /** Why. */
  cause: NoticeCause;
}

/** What points of a series have cost. Amounts are native units. */
export interface HoldingCost {
  /** The series. */
  series: SeriesId;
  /** Points: positive when held, negative when written. */
  points: Int;
  /** What they have cost, fees not counted; negative for what was received. */
  cost: Int;
  /** Fees and funding that were paid for them, less funding received. */
  carried: Int;
  /** Unix seconds at which the position was opened. */
  openedAt?: Int | null;
  /** What closed points have realised, fees and funding not counted. */
  realised: Int;
  /** Fees of all legs, a negative number. */
  fees: Int;
  /** Funding of all time; negative where more was paid. */
  funding: Int;
  /** What exercise, or the end of the series, has paid. */
  payoff: Int;
  /** Whether the history tells all of it. */
  known: boolean;
  /** What one option was bought or written for on average, dollars; null where the history does not tell, and for closed positions. */
  entry?: Fixed | null;
  /** From which price on nothing is lost, fees and funding counted; null where it is at every price or at none, or not known. */
  breakEven?: Fixed | null;
  /** Whether nothing is lost at every price. */
  alwaysGains: boolean;
}

/** Begins the protocol. */
export interface InitializeProtocol {
  /** Who pays rent. */
  payer: Key;
  /** The program's upgrade authority. */
  authority: Key;
  /** Who has which role. */
  roles: Roles;
}

/** An instruction, ready for a transaction. */
export interface Instruction {
  /** The program. */
  program: Key;
  /** Accounts, in order. */
  accounts: AccountMeta[];
  /** Data. */
  data: Base64;
}

/** Insurance's income was moved from the main vault to its own. */
export interface InsuranceSwept {
  /** This is the pool. */
  pool: Key;
  /** What has left one vault for the other; positive from the main vault to the insurance vault. */
  amount: Int;
}

/** A sum by kind of movement. */
export interface KindSum {
  /** Why. */
  kind: string;
  /** Native units. */
  amount: Int;
}

/** What has changed since a full minute. A record of another minute counts as nothing. */
export interface LaterFills {
  /** This is the full minute, unix seconds. */
  minute: Int;
  /** This is the change of pool cash, in native units. */
  cash: Int;
  /** This is the change of the capital of the insurance class, in native units. */
  insurance: Int;
  /** These are the slots of series in use that have been exercised since, one bit each. */
  ended: Int;
  /** What trades have paid beyond the bid, in native units. */
  unearned: Int;
  /** This is the change of all accounts' points by slot of the registry. */
  points: Int[];
}

/** Leaving: each trade is committed when the one before is filled. */
export interface LeavePlan {
  /** In order. */
  steps: LeaveStep[];
}

/** Asks for the instructions that close all positions and pay everything out. */
export interface LeavePlanQuestion {
  /** The pool. */
  view: number;
  /** Owner of the margin account. */
  owner: Key;
  /** Bytes of the margin account. */
  account: Base64;
  /** How much worse than the quotes the fills may be, in basis points; 100 where it is left out. */
  slippageBps?: number | null;
}

/** One transaction of leaving. */
export interface LeaveStep {
  /** Instructions of one transaction, in order. */
  instructions: Instruction[];
  /** Who signs, the payer first. */
  signers: Key[];
  /** The trade that it commits; null for the last one, which pays out. */
  quote?: TradeQuote | null;
}

/** A leg on a listed series. */
export interface Leg {
  /** This is the series. */
  series: SeriesId;
  /** These are the points bought (positive) or sold (negative). */
  points: Int;
}

/** A leg of a trade or liquidation was filled. */
export interface LegFilled {
  /** This is the account. */
  account: Key;
  /** This is the series. */
  series: SeriesId;
  /** This is the change of the position, in points. */
  points: Int;
  /** This is the position afterwards, in points. */
  position: Int;
  /** This is the change of cash by the premium. */
  premium: Int;
  /** This is the pool's net delta on the underlying afterwards. */
  netDelta: Int;
  /** Fee paid. The main class gets what the parts below leave. */
  fee: Int;
  /** This is the insurance's part of the fee. */
  feeInsurance: Int;
  /** This is the protocol's part of the fee. */
  feeProtocol: Int;
  /** This is the referrer's part of the fee. */
  feeReferrer: Int;
  /** This is the curator's part of the fee. */
  feeCurator: Int;
  /** This is the volatility of the quote, 64.64. */
  sigma: Int;
  /** This is the spot price, dollars 64.64. */
  spot: Int;
}

/** What one leg comes to. Amounts are native units and, except fee and notional, changes of cash. */
export interface LegQuote {
  /** The series. */
  series: SeriesId;
  /** The option. */
  option: OptionId;
  /** Points bought (positive) or sold (negative). */
  points: Int;
  /** Points of the position afterwards. */
  position: Int;
  /** Mark and spread together, to the unit. */
  premium: Int;
  /** Value at the spot price. */
  mark: Int;
  /** Cost of the price's uncertainty. */
  spread: Int;
  /** Fee, which the account pays. */
  fee: Int;
  /** Points times spot, rounded up. */
  notional: Int;
  /** Volatility per √year. */
  sigma: Fixed;
  /** Price of the underlying, dollars. */
  spot: Fixed;
  /** Funding that the points of the leg cost a day at present, rounded up; negative where it is received. */
  fundingPerDay: Int;
  /** The part of it that is carry, rounded up. */
  carryPerDay: Int;
}

/** Liquidates a margin account. */
export interface Liquidate {
  /** Which pool. */
  pool: PoolName;
  /** Who signs. */
  liquidator: Key;
  /** The margin account. */
  account: Key;
  /** The liquidator's margin account, which gets the reward. */
  liquidatorAccount: Key;
  /** What is closed. */
  legs: Leg[];
  /** Feeds of the account's live positions. */
  feeds: Feed[];
}

/** An account below maintenance margin was liquidated. */
export interface Liquidated {
  /** This is the account. */
  account: Key;
  /** This is the liquidator's margin account. */
  liquidator: Key;
  /** Penalty paid by the account. */
  penalty: Int;
  /** This is the reward of the liquidator: a part of the penalty, and what insurance adds. Insurance gets the rest of the penalty. */
  reward: Int;
  /** This is the part of the reward that insurance added. */
  fromInsurance: Int;
  /** This is the maintenance health before. */
  healthBefore: Int;
  /** This is the target health afterwards, the penalty taken. */
  healthAfter: Int;
  /** This is the cash afterwards. */
  cash: Int;
}

/** Liquidation prices of an account for one underlying while all other prices stay the same. */
export interface LiquidationPrices {
  /** Place of the underlying in the pool's list. */
  underlying: number;
  /** Its price now, dollars. */
  spot: Fixed;
  /** Highest price at or below spot at which anyone may liquidate the account; null where none was found. */
  down?: Fixed | null;
  /** Lowest price at or above spot at which anyone may liquidate the account; null where none was found. */
  up?: Fixed | null;
}

/** An amount that a withdrawal or a deposit has set aside was paid. */
export interface LiquidityClaimed {
  /** This is the pool. */
  pool: Key;
  /** This is the class. */
  class: ShareClass;
  /** This is the place of a withdrawal in the class's queue; `None` for a deposit. */
  number: Int | null;
  /** This is the number of the request. */
  id: Int;
  /** This is its owner. */
  owner: Key;
  /** This is the amount. */
  amount: Int;
  /** This says whether the request is over and its account closed. */
  closed: boolean;
}

/** Liquidity was deposited. */
export interface LiquidityDeposited {
  /** This is the pool. */
  pool: Key;
  /** This is the class. */
  class: ShareClass;
  /** This is the provider of the liquidity. */
  provider: Key;
  /** It is the number of the request, which is over. */
  id: Int;
  /** This is the amount. */
  amount: Int;
  /** These are the shares minted. */
  shares: Int;
  /** It is what all shares were worth before, upper bound less what is not earned yet. */
  assets: Int;
}

/**
 * A request to deposit in a class, or to redeem shares of it. Seeds: `request`, pool, class, owner, the owner's number.
 *
 * The tokens of a deposit lie in the vault of their class from the first moment, but are no capital before shares are minted for them. The shares of a
 * withdrawal are burnt when the request is made, but count as shares until they are executed, so it bears its part of losses while it waits.
 */
export interface LiquidityRequest {
  /** This is the layout version. */
  version: number;
  /** This is the bump of this address. */
  bump: number;
  /** This is the class of the shares: 0 for main, 1 for insurance. */
  class: number;
  /** It is the place of a withdrawal in the class's queue, which the chain gives; `Self::NO_PLACE` for a deposit. */
  number: Int;
  /** This is the pool. */
  pool: Key;
  /** Who is paid. */
  owner: Key;
  /**
   * This is the number of the owner's `Counter`; with owner, pool and class it makes the address. It never comes again, so a request that is sent
   * twice is made once, also after it is over.
   */
  id: Int;
  /** These are the shares of a withdrawal that are not yet executed. */
  shares: Int;
  /**
   * It is the most that the remaining shares may pay, in native units. In the insurance class it is their part of the class's capital
   * at the time of the request, so later gains go to the other holders. It is `u64::MAX` in the main class.
   */
  worthAtRequest: Int;
  /**
   * It is, of a withdrawal, the least that the remaining shares must be worth together to be executed, in native units; of a deposit the least
   * number of shares.
   */
  least: Int;
  /** It is the amount that is executed or given back, and not yet claimed, in native units. */
  payable: Int;
  /** These are the unix seconds of the request. */
  requestedAt: Int;
  /** It is the factor of the loss index up to which the amounts have borne losses, in units of 2^−63. */
  lossFactor: Int;
  /** This is the epoch of that loss index. */
  lossEpoch: number;
  /** These are the unix seconds at which the cooldown of a withdrawal ends that was in force at the request. A longer cooldown set later does not apply. */
  readyAt: Int;
  /** This is the generation of the shares. */
  generation: number;
  /** These are the tokens of a deposit for which no shares are minted yet, in native units. */
  deposit: Int;
  /** It is the token account that receives the shares of a deposit; the default key for a withdrawal. */
  sharesTo: Key;
  /** This is the full minute of a deposit, unix seconds: it is executed at the first prices published after it, with the ledgers of it. Zero for a withdrawal. */
  minute: Int;
  /** It says how often the queue has gone on without a withdrawal because its least amount was not met. */
  passes: number;
  /** The grid time of the newest such pass, unix seconds: each counts once. */
  passedAt: Int;
  /** It is one for a deposit that was requested while its class had no shares, otherwise zero. */
  first: number;
}

/** Lists a series. */
export interface ListSeries {
  /** Which pool. */
  pool: PoolName;
  /** Its underlying, and the price of now. */
  feed: Feed;
  /** Which series. */
  series: SeriesSpec;
}

/** Asks for the events in the log of a transaction. */
export interface Logs {
  /** Lines of the log. */
  logs: string[];
}

/** An account bore its part of losses by seizure. */
export interface LossApplied {
  /** This is the pool. */
  pool: Key;
  /** This is the owner of the account. */
  owner: Key;
  /** This is the number of the sub-account. */
  subAccount: number;
  /** This is the cash lost. */
  cashLost: Int;
  /** This is the loss of the referrer's unclaimed share. */
  referralLost: Int;
  /** This is the loss of the tip of the account's commitment. */
  tipLost: Int;
}

/** The factor that scales a claim on a vault for losses by seizure that nothing else could bear. */
export interface LossIndex {
  /** Share that is left of a claim made at the beginning of this epoch, in units of 2^−63. It lies between 2^31 and 2^63. */
  factor: Int;
  /** It is the number of times that 2^−32 was taken out of the factor. A loss of everything counts twice. */
  epoch: number;
}

/** A pool made up in memory. */
export interface MadeUp {
  /** The pool. */
  pool: PoolAccounts;
  /** Bytes of a margin account in it. */
  account: Base64;
}

/** Cash and positions of a trader in one pool. Seeds: `margin`, pool, owner, sub-account. */
export interface MarginAccount {
  /** This is the layout version. */
  version: number;
  /** This is the bump of this address. */
  bump: number;
  /** This is the number of the sub-account. */
  subAccount: number;
  /** This is the pool. */
  pool: Key;
  /** This is who deposits, trades and withdraws. */
  owner: Key;
  /** It is who may trade for the owner within the allowance, but never withdraw; the default key for nobody. */
  delegate: Key;
  /** It is who receives a part of the protocol's share of this account's fees; the default key for nobody. */
  referrer: Key;
  /** This is the cash in native units. It is negative only while the account owes funding or a loss that is not yet liquidated or absorbed. */
  cash: Int;
  /** These are the positions, in no particular order. */
  positions: Position[];
  /** It is the referrer's part of this account's fees that is not yet claimed, in native units. */
  referralDue: Int;
  /** This is the number of the next order or committed trade. */
  nextOrder: Int;
  /** It is the loss index of the pool up to which cash, referral and the tip of the commitment have borne losses. */
  lossIndex: LossIndex;
  /** This is the number of open orders. */
  openOrders: number;
  /** Number of other accounts' orders that were committed with a stake of this account and have not ended. */
  stakes: number;
  /** It is what is set aside of a native unit for `unpaid` when that was recorded, in units of 2^−32 of one. */
  paidPart: number;
  /** It is the most that the account's bought options can pay (points times cap payoff), in native units, rounded down at each change. */
  cover: Int;
  /** This is the trade that waits for its price. */
  commitment: Commitment;
  /**
   * These are the fees that fell due when the account could not pay them, in native units. They are no debt and no asset of the pool: they are taken out of what the
   * account receives later, before it pays anything out or adds risk (`Pool::collect_arrears`).
   */
  arrears: Int;
  /** It is what the delegate's trades may still cost in tips, fees and penalties, in native units. The owner sets it with the delegate; of it all is held that a commitment of the delegate's may cost, until it ends. */
  allowance: Int;
  /** It is the penalty on what the account has written that trades of the delegate have taken off the allowance, and no liquidation from the account since, in native units. */
  penaltyCounted: Int;
  /** These are the unix seconds from which on the next trade of a delegate is committed: before, whoever comes may commit an order of the owner's. */
  delegateFrom: Int;
  /**
   * It is what the pool owes the account beside its positions, in native units: what it might not pay when somebody else settled or closed them. It is taken up when the account is
   * next settled (`Pool::take_up`).
   */
  unpaid: Int;
  /** It is `Pool::paid_index` when `unpaid` was recorded. */
  paidIndex: LossIndex;
}

/** A margin account was closed. */
export interface MarginAccountClosed {
  /** This is the account. */
  account: Key;
  /** It is the unclaimed share of the referrer, which became protocol fees. */
  referralForfeited: Int;
  /** These are the arrears that are forgiven: nothing is left that could pay them. */
  arrearsForgiven: Int;
}

/** Asks for the address of a margin account. */
export interface MarginAccountName {
  /** The pool. */
  pool: Key;
  /** Its owner. */
  owner: Key;
  /** Its number among the owner's; zero where it is left out. */
  subAccount?: number | null;
}

/** A margin account was opened. */
export interface MarginAccountOpened {
  /** This is the pool. */
  pool: Key;
  /** This is the account. */
  account: Key;
  /** This is its owner. */
  owner: Key;
  /** This is the number of the sub-account. */
  subAccount: number;
  /** It is who gets a part of the protocol's share of its fees; the default key for nobody. */
  referrer: Key;
}

/** Tokens came into, or left, an account's cash. */
export interface MarginMoved {
  /** This is the account. */
  account: Key;
  /** This is the change of cash. */
  amount: Int;
  /** This is the cash afterwards. */
  cash: Int;
}

/** An underlying of a pool and its prices. */
export interface Market {
  /** Bytes of the underlying. */
  underlying: Base64;
  /** Its price account. */
  price?: FetchedAccount | null;
  /** An account with an earlier price of the feed, which is needed where the price is far from its average. */
  earlier?: FetchedAccount | null;
  /** The account with the price of the volatility sample that can be taken now. */
  sample?: FetchedAccount | null;
}

/** A change of one underlying. */
export interface MarketShift {
  /** Place of the underlying in the pool's list. */
  underlying: number;
  /** Change of the price in basis points of it, above −10000. */
  priceBps: number;
  /** Change of the volatility in basis points of it, above −10000. */
  sigmaBps: number;
}

/** Upgrades an account to the present layout. */
export interface MigrateAccount {
  /** The account. */
  account: Key;
}

/** Moves margin. */
export interface MoveMargin {
  /** Which pool. */
  pool: PoolName;
  /** Who pays in, or to whom is paid out. */
  owner: Key;
  /** The margin account. */
  account: Key;
  /** Native units. */
  amount: Int;
  /** Of a withdrawal: the feeds of open positions. */
  feeds?: Feed[] | null;
}

/** Native units. */
export interface NativeAnswer {
  /** Native units, exactly. */
  native: Int;
}

/** Asks for native units of an amount of tokens. */
export interface NativeQuestion {
  /** Tokens. */
  tokens: DecimalText;
  /** Decimals of the token. */
  decimals: number;
}

/** The change of cash by a trade. */
export interface Net {
  /** Native units, fees included; negative is paid. */
  net: Int;
}

/** Net asset value of a class, native units. */
export interface NetAssetValue {
  /** Lower bound, at which withdrawals are priced. */
  lower: Int;
  /** At the mark. */
  mark: Int;
  /** Upper bound, at which deposits are priced. */
  upper: Int;
  /** Number of all shares. */
  shares: Int;
}

/** A pool that makes no offer. */
export interface NoOffer {
  /** Place among the candidates. */
  place: number;
  /** Why; null where nobody vouches for it. */
  problem?: Problem | null;
}

/** Nothing. */
export interface Nothing {
}

/** Why positions of a series are closed against their owners' will after a notice. */
export type NoticeCause = "Slot" | "Capital" | "Excess" | "Buyback";

/** Notice was given that positions of a series can be closed against their owners' will. */
export interface NoticeGiven {
  /** This is the pool. */
  pool: Key;
  /** This is the series. */
  series: SeriesId;
  /** This says why. */
  cause: NoticeCause;
  /** This is in unix seconds. Positions are closed at the first prices that are published after it. */
  moment: Int;
}

/** The notices of the series in a slot, by cause: unix seconds at which each was given, zero where none was. */
export interface Notices {
  /** It is the notice that the series has to give way to others who want its slot. */
  slot: number;
  /** It is the notice that it has to give way to others who want the capital that it reserves. */
  capital: number;
  /** It is the notice that more of the series is written than bought. */
  excess: number;
}

/** Names a margin account of a pool. */
export interface OfAccount {
  /** Which pool. */
  pool: PoolName;
  /** The margin account. */
  account: Key;
}

/** Names a pool. */
export interface OfPool {
  /** Which pool. */
  pool: PoolName;
}

/** Names a series of a pool. */
export interface OfSeries {
  /** Which pool. */
  pool: PoolName;
  /** The series. */
  series: SeriesId;
}

/** A pool that is asked for an offer. */
export interface OfferCandidate {
  /** The pool. */
  view: number;
  /** Bytes of the owner's margin account there; left out where it is not open yet. */
  account?: Base64 | null;
  /** What is paid in before, native units; nothing where it is left out. */
  deposit?: Int | null;
  /** The legs, in points of this pool. */
  legs: OptionLeg[];
  /** Native units that the owner could pay in from the wallet beside that. */
  wallet: Int;
  /** Dollars that one token of the collateral is worth, if that is known. */
  tokenPrice?: DecimalText | null;
  /** Whether somebody whom the trader trusts vouches for the pool. */
  verified: boolean;
}

/** Asks which pool does a trade best. */
export interface OffersQuestion {
  /** The pools. */
  candidates: OfferCandidate[];
  /** Seconds for which the options are held; a day where it is left out. */
  held?: number | null;
}

/** Opens a margin account. */
export interface OpenMarginAccount {
  /** Which pool. */
  pool: PoolName;
  /** Who pays its rent. */
  payer: Key;
  /** Whose it is. */
  owner: Key;
  /** Its number among the owner's; zero where it is left out. */
  subAccount?: number | null;
  /** Who gets a share of its fees. */
  referrer?: Key | null;
}

/**
 * Identifies an option by its contract, independently of the slot of its series. A trader therefore trades the option that
 * they confirm, even if series are listed or retired in between.
 */
export interface OptionId {
  /** This is the place of the underlying in the pool's list. */
  underlying: number;
  /** This says whether the option is a put; otherwise it is a call. */
  put: boolean;
  /** This is the strike in whole dollars. */
  strike: Int;
  /** This is the tenor in seconds. */
  tenor: number;
  /** This is the cap as a share of the strike, in basis points. */
  capBps: number;
}

/** A leg as a trader names it. */
export interface OptionLeg {
  /** This is the option. */
  option: OptionId;
  /** These are the points bought (positive) or sold (negative). */
  points: Int;
}

/** Asks about an option and a margin account. */
export interface OptionQuestion {
  /** The pool. */
  view: number;
  /** Bytes of the margin account; left out where it is not open yet. */
  account?: Base64 | null;
  /** What is paid in before, native units; nothing where it is left out. */
  deposit?: Int | null;
  /** The option; it need not be listed. */
  option: OptionId;
}

/** An order of a margin account. Seeds: `order`, margin account, number. */
export interface Order {
  /** This is the layout version. */
  version: number;
  /** This is the bump of this address. */
  bump: number;
  /** This is the number within its account. */
  number: Int;
  /** This is the pool. */
  pool: Key;
  /** This is the margin account. */
  account: Key;
  /** Who paid the rent of this account and gets it back. */
  payer: Key;
  /** This is the owner or delegate who placed the order. */
  trader: Key;
  /** These are the unix seconds at which the order was placed. Only prices that are published later can commit it. */
  placedAt: Int;
  /** This says whether the trade of the order is committed and waits for its price. */
  committed: boolean;
  /** It is the margin account whose stake is on that commitment, and which earns the tip; the default key where the owner has committed it. */
  committer: Key;
  /** These are the terms of the order. */
  terms: OrderTerms;
  /** It is the factor of the loss index up to which the tip has borne losses, in units of 2^−63. */
  lossFactor: Int;
  /** This is the epoch of that loss index. */
  lossEpoch: number;
}

/** An order was cancelled. */
export interface OrderCancelled {
  /** This is the order. */
  order: Key;
  /** This is the account. */
  account: Key;
  /** This says why. */
  reason: CancelReason;
  /** It is the margin account that the tip went to; `None` when it went back to the account. */
  keeperAccount: Key | null;
  /** This is the tip. */
  tip: Int;
}

/** An order was executed; the trade's own events precede this one. */
export interface OrderExecuted {
  /** This is the order. */
  order: Key;
  /** This is the account. */
  account: Key;
  /** It is the margin account that the tip went to; `None` when it went back to the account or was zero. */
  keeperAccount: Key | null;
  /** This is the tip. */
  tip: Int;
}

/** Asks for the address of an order. */
export interface OrderName {
  /** The margin account. */
  account: Key;
  /** The order's number. */
  number: Int;
}

/** An order was placed. */
export interface OrderPlaced {
  /** This is the order. */
  order: Key;
  /** This is the account. */
  account: Key;
  /** This is the number within the account. */
  number: Int;
  /** These are the terms of the order. */
  terms: OrderTerms;
  /** It is the cash of the account after the tip was set aside. */
  cash: Int;
}

/** The terms of an order. */
export interface OrderTerms {
  /** There are one to four legs. They name options, so an order waits while one of its options is not listed. */
  legs: OptionLeg[];
  /** This is the least change of cash accepted, fees included, in native units. A negative number is the most to pay; `i64::MIN` accepts any. */
  minNet: Int;
  /** This is the price that a stop or a take-profit waits for. Without one only the limit decides. */
  trigger: Trigger | null;
  /** This says whether the order only closes a position, up to its full size. Such an order has one leg. */
  reduceOnly: boolean;
  /** These are the unix seconds from which the order can no longer be committed. */
  expiresAt: Int;
  /** Tip of whoever fills the trade of the order, in native units. It is set aside when the order is placed. */
  tip: Int;
}

/** What somebody expects of a price. */
export type Outlook = "Up" | "Down" | "Calm";

/** Names a request of liquidity. */
export interface OwnRequest {
  /** Which pool. */
  pool: PoolName;
  /** Who has requested. */
  owner: Key;
  /** The class. */
  class: ShareClass;
  /** The request. */
  request: Key;
}

/** A past transaction: its log, or its events as the data service tells them. */
export interface PastTransaction {
  /** Unix seconds, where the network knows them. */
  time?: Int | null;
  /** Lines of the log. */
  logs?: string[] | null;
  /** Bytes of the program's events, in order. */
  events?: Base64[] | null;
}

/** An action was paused, or its pause ended. */
export interface PauseChanged {
  /** This is the action. */
  action: Action;
  /** These are the unix seconds at which the pause began. */
  since: Int;
  /** These are the unix seconds at which the pause ends. */
  until: Int;
  /** This is the guardian or admin who signed. */
  by: Key;
}

/** The newest pause of an action. */
export interface PauseState {
  /** These are the unix seconds at which the newest pause began. */
  since: Int;
  /** These are the unix seconds at which that pause ends. */
  until: Int;
}

/** A distressed pool could not pay all of what an instruction owed an account. The pool keeps the rest. */
export interface PaymentCut {
  /** This is the account. */
  account: Key;
  /** It is what the account goes without. */
  amount: Int;
}

/** A pool may not pay all of the funding that it owes an account, or pays what stayed owed before: so much went from the account's cash to what it is owed beside its positions. */
export interface PaymentOwed {
  /** This is the account. */
  account: Key;
  /** It is what stays owed, in native units; negative where it is paid. */
  amount: Int;
}

/** A curve after some days of funding. */
export interface PayoffCurve {
  /** Days. */
  days: number;
  /** What is gained or lost at each of the prices, native units. */
  profit: Int[];
  /** Where nothing is lost. Its ends are the break-even prices. */
  gains: GainRange[];
}

/** What options bring at other prices of their underlying, while volatilities stay as they are. Spread and fee of closing are not counted. */
export interface PayoffCurves {
  /** Price of now, dollars. */
  spot: Fixed;
  /** Prices at which options are exercised, dollars, in rising order. */
  caps: Fixed[];
  /** Prices of the curves, dollars, in rising order: even steps, and what matters between them. */
  prices: Fixed[];
  /** Funding a day at present, native units; negative where it is received. */
  fundingPerDay: Int;
  /** The curves. */
  curves: PayoffCurve[];
}

/** Asks what options on one underlying bring at other prices of it. */
export interface PayoffQuestion {
  /** The pool. */
  view: number;
  /** Bytes of the margin account; left out where it is not open yet. */
  account?: Base64 | null;
  /** What is paid in before, native units; nothing where it is left out. */
  deposit?: Int | null;
  /** Legs of the trade, at most four; none for positions alone. */
  legs: OptionLeg[];
  /** Whether the positions that the account has before the trade count, too. */
  held: boolean;
  /** What these have cost, fees and funding until now included, native units; where it is left out they count from what they are worth now. */
  cost?: Int | null;
  /** Place of the underlying in the pool's list. */
  underlying: number;
  /** Days of funding, one curve for each number. */
  days: number[];
  /** Number of prices of a curve. */
  prices: number;
}

/** Places an order. */
export interface PlaceOrder {
  /** Which pool. */
  pool: PoolName;
  /** Who pays its rent. */
  payer: Key;
  /** Owner or delegate. */
  trader: Key;
  /** The margin account. */
  account: Key;
  /** The account's next number (`nextOrder`). */
  number: Int;
  /** Its terms. */
  terms: OrderTerms;
  /** For a tip out of an account with open positions: their feeds. */
  feeds?: Feed[] | null;
}

/** Points. */
export interface PointsAnswer {
  /** Points, rounded toward zero. */
  points: Int;
}

/** Asks for the points of a size. */
export interface PointsQuestion {
  /** Units of the pool. */
  units: Units;
  /** Size in coins of the underlying. */
  size: DecimalText;
}

/** A pool. Seeds: `pool`, collateral mint, creator, number. */
export interface Pool {
  /** This is the layout version. */
  version: number;
  /** Bump of this address, with which the pool signs for vaults and share mints. */
  bump: number;
  /** This is the exponent e: one point pays 10^−e native units per dollar. */
  scaleExponent: number;
  /** These are the decimals of the collateral. */
  decimals: number;
  /** This is the number of underlyings in use. */
  underlyingCount: number;
  /** This is the collateral mint. */
  mint: Key;
  /** This is the token program of the collateral. */
  tokenProgram: Key;
  /** This is the main vault. It holds pool cash, the cash of accounts, fees, tips, executed withdrawals and deposits on their way. */
  vault: Key;
  /** This is the insurance vault. It holds the capital of the insurance class, its executed withdrawals and its deposits on their way. */
  insuranceVault: Key;
  /** This is the share mint of the main class. */
  mainMint: Key;
  /** This is the share mint of the insurance class. */
  insuranceMint: Key;
  /** It is in the main vault: capital of the main class, in native units. */
  poolCash: Int;
  /** It is in the main vault: sum of the cash of all margin accounts, in native units. */
  marginCash: Int;
  /** It is in the main vault: protocol fees that are not yet collected, in native units. */
  feesDue: Int;
  /**
   * It is in the main vault: income of insurance that is not yet moved to the insurance vault, in native units. Negative: what insurance has
   * paid and its vault still holds. It is moved by `sweep_insurance`, so that no payment of insurance needs a transfer.
   */
  insuranceDue: Int;
  /** It is in the main vault: executed withdrawals of the main class, and deposits that were given back, that are not yet claimed, in native units. */
  withdrawalsDue: Int;
  /** It is in the insurance vault: capital of the insurance class, in native units. */
  insuranceCash: Int;
  /** It is in the insurance vault: executed withdrawals of the insurance class, and deposits that were given back, that are not yet claimed, in native units. */
  insuranceWithdrawalsDue: Int;
  /** This is the sum of the reserves of all series, in native units. */
  reservedCollateral: Int;
  /**
   * It is the depth against which the net delta counts, in native units: the lower bound of net asset value at the last valuation, changed since by
   * deposits, withdrawals and losses by seizure. Trades do not change it.
   */
  depth: Int;
  /** This is the sum of what accounts with negative cash owe, in native units. Pool cash counts it, but the vault does not hold it yet. */
  debts: Int;
  /** These are the shares of the main class. */
  main: ShareLedger;
  /** These are the shares of the insurance class. */
  insurance: ShareLedger;
  /** These are the underlyings. */
  underlyings: PoolUnderlying[];
  /** These are the parameters. */
  params: PoolParams;
  /**
   * This is the greatest price age that this pool's fees cover, in seconds, by underlying. The pool uses no older price, even if the
   * underlying allows it.
   */
  maxAges: number[];
  /** It is in the main vault: referrers' shares of fees that are not yet claimed, in native units. */
  referralsDue: Int;
  /** It is in the main vault: tips of open orders and commitments, in native units. */
  tipsDue: Int;
  /** This is the loss index of the claims on the main vault. */
  lossIndex: LossIndex;
  /** This is the loss index of the executed withdrawals in the insurance vault. */
  insuranceLossIndex: LossIndex;
  /** Number of changes of the configuration; a proposal names the version it was made for. */
  configVersion: number;
  /** These are the bits of `Pool::HALTED`, `Pool::DISTRESSED` and `Pool::PRIVATE`. */
  flags: number;
  /**
   * It is the part of `debts` that the cap payoffs of the owing accounts' bought options do not cover, in native units. It is certainly
   * lost.
   */
  badDebts: Int;
  /** These are the reserves that commitments will add, in native units. */
  committedReserve: Int;
  /** It is the most that commitments will take out of pool cash for written options, in native units. */
  committedPremiums: Int;
  /** These are the generations of the shares of both classes. Shares of an earlier generation are paid out of `RetiredShares`. */
  generations: number[];
  /** It is in the main vault: tokens of deposits that wait for their minute, in native units. They are no capital. */
  depositsDue: Int;
  /** It is in the insurance vault: tokens of deposits that wait for their minute, in native units. They are no capital. */
  insuranceDepositsDue: Int;
  /** These are the unix seconds at which the parameters were last changed. */
  configuredAt: Int;
  /** What fills have changed since a full minute. */
  later: LaterFills;
  /** These are the unix seconds at which a writer was last settled who was unsettled at the full minute before. No deposit of that minute is executed. */
  writersSettledAt: Int;
  /** This is who created it, as in its address; the default key for a pool of the protocol. */
  creator: Key;
  /** It is who has the admin's powers over this pool; the default key for the protocol's admin, whoever that is. */
  curator: Key;
  /** This is the curator to be, until it accepts; the default key for nobody. */
  pendingCurator: Key;
  /** These are the unix seconds until which the pending curator may accept; where nobody is pending, those of the last acceptance. */
  pendingUntil: Int;
  /** It is the number of the next proposal of the curator, while the pool is curated. */
  nextProposal: Int;
  /** It is in the main vault: fees of the curator and of the one before that are not yet collected, in native units. */
  curatorDue: Int;
  /** These are the shares of the first generation of the main class that are nobody's: those of the first deposit, which stays. */
  seedShares: Int;
  /** It is the level from which the growth of reserves counts, in native units: it follows them by at most the growth of an hour an hour. */
  reserveLevel: Int;
  /** These are the unix seconds of that level. */
  reserveLevelAt: Int;
  /** This is the number among the creator's pools of the mint. */
  number: number;
  /** It is the premium of the buy-back that was announced last, in basis points of the value. */
  buybackBps: number;
  /** Number of changes of the curator and of who is to be; a proposal of another curator names the version it was made for. */
  curatorVersion: number;
  /** It is the moment of the buy-back that was announced last, unix seconds; zero where none was. */
  buybackAt: Int;
  /** It is who was curator before; the default key for the protocol's fee owner. */
  formerCurator: Key;
  /** It is what it has taken on within a day, by slot of the registry. */
  taken: Taken[];
  /** It is in the main vault: part of pool cash that trades have paid beyond the bid and that was not earned yet at the half-hour `unearned_touched`, in native units. */
  unearned: Int;
  /** This is the number of that half-hour. */
  unearnedTouched: Int;
  /**
   * It is the part of `debts` that the cap payoffs of bought options cover in accounts that have written none, in native units. Anyone sells these options for cash, which no rule of
   * health prevents.
   */
  coveredDebts: Int;
  /** It is the part of `curator_due` that is of the curator before, in native units. */
  formerDue: Int;
  /** It is in the main vault: what the pool owes accounts beside their positions (`MarginAccount::unpaid`), in native units. It is part of pool cash, and nobody's who leaves. */
  unpaid: Int;
  /** It is the part of `unpaid` that is set aside for these accounts, in native units. Like a reserve it is free for nothing else. */
  payable: Int;
  /** It is the share of a claim in `unpaid` for which nothing is set aside yet, as an index that each payment lowers. */
  paidIndex: LossIndex;
  /** These are the unix seconds until which what leaves in a day has no limit, because a change of the curator waits. */
  leavingUntil: Int;
  /** These are the unix seconds from which on that is so: who asked when the change was proposed has waited by then, whatever their cooldown. */
  leavingFrom: Int;
}

/** A pool, and everything that its quotes depend on, at one moment. */
export interface PoolAccounts {
  /** Which pool it is. */
  name: PoolName;
  /** Bytes of the pool. */
  pool: Base64;
  /** Bytes of its series registry. */
  registry: Base64;
  /** Its underlyings, in the order of the pool's list. */
  markets: Market[];
  /** Time of the chain's clock, unix seconds. */
  now: Int;
  /** Bytes of the protocol, if quotes shall respect its pauses. */
  protocol?: Base64 | null;
  /** Number of the view, for one that another module holds under it; a new one where it is left out. */
  view?: number | null;
}

/** Limits that can be lowered at once. They limit growth and never prevent an exit. */
export interface PoolCaps {
  /** This is the largest long, and largest short, open interest of one series, in points. */
  maxSeriesPoints: Int;
  /** This is the largest position of one account in one series, long or short, in points. */
  maxAccountPoints: Int;
  /** This is the largest pool cash after a deposit of liquidity, in native units. */
  maxPoolCash: Int;
}

/**
 * Carry of a pool on one underlying. The rate of a half-hour follows from the average net delta of the half-hour before, and from depth and net delta at
 * its beginning. As neither changes between two touches, no transaction is needed at a boundary: the next one computes what has come since.
 */
export interface PoolCarry {
  /** This is the net delta: the upward side less the downward one, in native units. Positive where traders are long and the pool is short. */
  netDelta: Int;
  /** It is what commitments may add to the upward side, in native units. */
  committedUp: Int;
  /** It is what commitments may add to the downward side, in native units. */
  committedDown: Int;
  /** It is the delta of those who gain when the price rises, in points times 2^−16 dollars: the sum over live series of `Series::sides`. */
  up: Fixed;
  /** It is the delta of those who gain when the price falls, in the same unit. */
  down: Fixed;
  /** These are the unix seconds up to which the sums below go. */
  touched: Int;
  /** This is the integral of the carry over time, in millionths a year times seconds. */
  carried: Int;
  /** This is the net delta times seconds since the beginning of the half-hour, in native units times seconds. */
  sum: Fixed;
  /** These are the rates of the last half-hours, in millionths a year, each at its number modulo `CARRY_RATES`. */
  rates: number[];
}

/** A pool was created. */
export interface PoolCreated {
  /** This is its account. */
  pool: Key;
  /** This is its collateral. */
  mint: Key;
  /** It is who created it and is its curator; the default key for a pool of the protocol. */
  creator: Key;
  /** This is its number among the creator's pools of the mint. */
  number: number;
  /** This says whether only the curator, and whom they sign for, provide liquidity. */
  private: boolean;
  /** It is the first deposit of the main class, which stays. */
  seed: Int;
  /** These are its underlyings in order. */
  underlyings: Key[];
  /** This is the exponent e: one point pays 10^−e native units per dollar. */
  scaleExponent: number;
  /** These are the decimals of the collateral. */
  decimals: number;
  /** These are its parameters. */
  params: PoolParams;
  /** These are the oldest prices that its fees cover, seconds, by underlying. */
  maxAges: number[];
}

/** A pool was halted: it accepts no new risk, liquidity or series. */
export interface PoolHalted {
  /** This is the pool. */
  pool: Key;
  /** This is the version of the pool's configuration now. */
  configVersion: number;
  /** This is who did it. */
  by: Key;
}

/** Addresses of a pool. It names the pool, too, wherever a `PoolName` is asked for. */
export interface PoolKeys {
  /** Collateral mint. */
  mint: Key;
  /** Token program of the collateral. */
  tokenProgram: Key;
  /** Who created it; the system program's address for a pool of the protocol. */
  creator: Key;
  /** Its number among the creator's pools of the mint. */
  number: number;
  /** Generations of the shares of both classes. */
  generations: number[];
  /** The protocol. */
  protocol: Key;
  /** The pool. */
  pool: Key;
  /** Its series registry. */
  registry: Key;
  /** Its main vault. */
  vault: Key;
  /** Its insurance vault. */
  insuranceVault: Key;
  /** Share mint of the main class. */
  mainMint: Key;
  /** Share mint of the insurance class. */
  insuranceMint: Key;
}

/** What names a pool: the protocol's first one of its mint, or with `creator` and `number` somebody else's. */
export interface PoolName {
  /** Collateral mint. */
  mint: Key;
  /** Token program of the collateral. */
  tokenProgram: Key;
  /** Who created it; nobody for a pool of the protocol. */
  creator?: Key | null;
  /** Its number among the creator's pools of the mint; zero where it is left out. */
  number?: number | null;
  /** Generations of the shares of both classes, which the pool stores (`generations`); zeros where they are left out. */
  generations?: number[] | null;
}

/** What a trade costs in one pool. Amounts are native units. */
export interface PoolOffer {
  /** Place among the candidates. */
  place: number;
  /** Change of cash, fees included. */
  net: Int;
  /** What its options cost a day in funding. */
  fundingPerDay: Int;
  /** What has to be paid in beside the deposit. */
  missing: Int;
  /** Whether the wallet has it. */
  ready: boolean;
  /** Change of cash less the funding of the time. */
  netHeld: Int;
  /** The same in dollars, where the token's price is known. */
  worth?: DecimalText | null;
}

/** What several pools say to one trade. */
export interface PoolOffers {
  /** The best one first. */
  offers: PoolOffer[];
  /** The others. */
  others: NoOffer[];
  /** Place of the best candidate; null where choosing would be guessing. */
  best?: number | null;
}

/** Parameters of a pool. All shares are in basis points. */
export interface PoolParams {
  /** This is the largest long, and largest short, open interest of one series, in points. */
  maxSeriesPoints: Int;
  /** This is the largest position of one account in one series, long or short, in points. */
  maxAccountPoints: Int;
  /** It is the smallest position that a trade may leave, in points. The penalty on a smaller one would not pay for its liquidation. */
  minAccountPoints: Int;
  /** This is the largest pool cash after a deposit of liquidity, in native units. */
  maxPoolCash: Int;
  /** It is the reward that insurance pays a liquidator when the account cannot pay one, in native units. */
  minLiquidationReward: Int;
  /** These are the seconds of a gap between two points of funding that accrue at the rate in force. The rest accrues at the average of the rates at its ends. */
  fundingFullGap: number;
  /** These are the seconds between request and execution of a main-pool withdrawal. */
  mainCooldown: number;
  /** These are the seconds between request and execution of an insurance withdrawal. */
  insuranceCooldown: number;
  /** It is the largest share of pool cash that reserves may take. */
  reserveLimitBps: number;
  /** This is the fee on the notional of an opening trade. */
  feeOpenBps: number;
  /** This is the fee on the notional of a closing trade. */
  feeCloseBps: number;
  /** This is the largest fee as a share of the option's value. */
  feeValueCapBps: number;
  /** This is the main pool's share of fees. */
  feeMainBps: number;
  /** This is the insurance pool's share of fees. */
  feeInsuranceBps: number;
  /** This is the protocol's share of fees. */
  feeProtocolBps: number;
  /** This is the referrer's share of the protocol's share. */
  referrerBps: number;
  /** It is the largest annual volatility for which the fee must cover the oracle's latency. */
  sigmaMaxExpectedBps: number;
  /** This is the carry a year on a dollar of delta at a skew of one: net delta over depth. 60,000 is six a year. */
  carryBps: number;
  /** It is the largest size of a side over depth, by underlying, to which a trade may add, beside three quarters of the other side; and the skew from which the carry grows no further. */
  directionLimitBps: number[];
  /** This is the carry a year without skew, by underlying: the correlation of underlying and collateral times both volatilities. */
  carryBaseBps: number[];
  /** It is the largest share of pool cash by which reserves may grow in an hour. */
  growthLimitBps: number;
  /** This is the mark-up on the volatility at which traders open bought options, as a share of it. */
  buyMarkupBps: number;
  /** This is the mark-down on the volatility at which traders open written options, as a share of it. */
  writeMarkdownBps: number;
  /** It is the premium on the value of an option for which the pool, once wound down, buys it back; zero where it never does. */
  buybackBps: number;
  /** It is the largest share of net asset value that may be withdrawn in a day. */
  dailyOutflowBps: number;
  /** This is the liquidation penalty on closed notional. */
  penaltyBps: number;
  /** This is the largest penalty as a share of the account's remaining equity. */
  penaltyEquityCapBps: number;
  /** This is the liquidator's share of the penalty; insurance gets the rest. */
  liquidatorBps: number;
  /** This is the volatility of written options in health scenarios, as a share of the mark's volatility. 15,000 is one and a half times. */
  volStressBps: number;
  /** This is the weight of the loss at twice the shock, in health. */
  extremeWeightBps: number;
  /** This is the margin charge on the notional of written options. */
  shortChargeBps: number;
  /** This is the curator's share of the main pool's part of fees. */
  curatorBps: number;
  /** These are the kinds of options that are listed: `PoolParams::CALLS`, `PoolParams::PUTS` or both. */
  kinds: number;
  /** It is the least tenor that is listed, in hours. */
  minTenorHours: number;
  /** It is the largest tenor that is listed, in hours. */
  maxTenorHours: number;
  /** It is the tip that the account of a committed trade pays its filler, in native units. It is at most the account's cash. */
  fillTip: Int;
  /** These are the seconds after a commitment before which no price fills it: the first price published later fills it. */
  fillDelay: number;
  /** These are the seconds after the delay in which the first price has to be published, and the commitment has to be filled. */
  fillWindow: number;
}

/** All series of a pool were valued. */
export interface PoolRefreshed {
  /** This is the pool. */
  pool: Key;
  /** This is the net asset value at the mark; none where not all prices were passed that it needs. */
  assets: Int | null;
  /** These are the reserves. */
  reservedCollateral: Int;
  /** This is the net delta by underlying, native units. */
  netDeltas: Int[];
  /** This is the carry of this half-hour by underlying, in millionths a year. */
  carries: number[];
}

/** A pool at one moment. Amounts are native units. */
export interface PoolStatistics {
  /** Net asset value of the main class; null where a price is missing or refused. */
  main?: NetAssetValue | null;
  /** Net asset value of the insurance class. */
  insurance?: NetAssetValue | null;
  /** Native units that one share of the main class is worth at the lower bound, for display. */
  sharePrice?: Fixed | null;
  /** Funding that the main class receives a day at present, rounded down; null without prices. */
  fundingPerDay?: Int | null;
  /** That of a year as a part of the net asset value, not compounded, without fees: income, not profit. */
  perYear?: DecimalText | null;
  /** Reserves as a part of pool cash. */
  utilisation?: DecimalText | null;
  /** Reserves of all series, and what commitments will add. */
  reserved: Int;
  /** The most that may be reserved. */
  reserveLimit: Int;
  /** Cash of all margin accounts. */
  marginCash: Int;
  /** Slots of the registry that are free. */
  freeSlots: number;
  /** Whether it takes no new risk. */
  halted: boolean;
  /** Whether tokens were seized, or the mint is no longer acceptable. */
  distressed: boolean;
  /** Its underlyings. */
  underlyings: UnderlyingStatistics[];
}

/** Caps of a pool were lowered. */
export interface PoolTightened {
  /** This is the pool. */
  pool: Key;
  /** These are the caps now. */
  caps: PoolCaps;
  /** This is the version of the pool's configuration now. */
  configVersion: number;
  /** This is who did it. */
  by: Key;
}

/** State of one underlying in a pool. */
export interface PoolUnderlying {
  /** This is the `Underlying`. */
  key: Key;
  /** These are the sides of the delta, and the carry. */
  carry: PoolCarry;
}

/** Options of one series that an account holds or has written. The entry is free when `points` is zero. */
export interface Position {
  /** This is the size in points; positive when held, negative when written. */
  points: Int;
  /** It is the funding index of the series when this position was last settled, in 2^−40 dollars. */
  fundingSnapshot: Fixed;
  /** This is the generation of the series. */
  generation: number;
  /** This is the slot of the series in the registry. */
  slot: number;
}

/** A position of a series that has ended was paid. */
export interface PositionSettled {
  /** This is the account. */
  account: Key;
  /** This is the series. */
  series: SeriesId;
  /** These are the points settled. */
  points: Int;
  /** This is the change of cash. */
  amount: Int;
}

/** A position at this moment. Amounts are native units. */
export interface PositionState {
  /** The series. */
  series: SeriesId;
  /** The option. */
  option: OptionId;
  /** Points; negative when written. */
  points: Int;
  /** Whether the series has ended, so that the position is only to be paid. */
  ended: boolean;
  /** Price of the underlying, dollars; null for an ended series. */
  spot?: Fixed | null;
  /** What an option is worth at the mark, or what its ended series pays, dollars. */
  mark: Fixed;
  /** What the position is worth at the mark, rounded down; negative when written. */
  value: Int;
  /** Change of cash by funding since its last settlement; negative where it is owed. */
  pending: Int;
  /** Funding that the position pays a day at present, rounded up; negative where it is paid. */
  fundingPerDay: Int;
  /** The part of it that is carry, rounded up. */
  carryPerDay: Int;
  /** Change of cash if the series is exercised at its cap, rounded down; negative when written. */
  atCap: Int;
  /** How far the cap is from the price, in basis points of it; null where the series has ended. */
  capDistanceBps?: Int | null;
  /** Mark and sensitivities of one option; null for an ended series, and where it cannot be valued. */
  sensitivities?: Sensitivities | null;
  /** What the position gains if the price doubles at its present slope; null as above. */
  delta?: Int | null;
  /** By how much a rise of the price by one per cent raises that. */
  gamma?: Int | null;
  /** What the position gains if the volatility at the money rises by one point. */
  vega?: Int | null;
}

/** The positions of an account. */
export interface Positions {
  /** In the order of its places. */
  positions: PositionState[];
}

/** Asks about the positions of an account. */
export interface PositionsQuestion {
  /** The pool. */
  view: number;
  /** Bytes of the margin account. */
  account: Base64;
}

/** The instructions that post prices. */
export interface PostPlan {
  /** Transactions that come before: they store and verify the message. */
  before: PostStep[];
  /** In front of the instruction that uses the prices. */
  post: PostStep;
  /** Afterwards: the rent comes back. */
  close: PostStep;
}

/** Asks for the instructions that post prices. */
export interface PostQuestion {
  /** The signed update. */
  update: Base64;
  /** Who pays. */
  payer: Key;
  /** Address of a new account for the signed message, which signs; left out where the price is posted without one (`atomic`). */
  message?: Key | null;
  /** The caller's own accounts, one a feed; none for push feeds. */
  accounts: PostTo[];
  /** Set of push feeds, where no own accounts are given. */
  shard?: number | null;
  /** Feeds whose prices are posted. */
  feeds: Hex[];
  /** Number of the receiver's treasury account that gets the fee; zero where it is left out. */
  treasury?: number | null;
  /** Whether the price is posted in the transaction that uses it, with a part of the signatures: into an own account, which closes afterwards. */
  atomic: boolean;
}

/** Instructions of one transaction. */
export interface PostStep {
  /** In order. */
  instructions: Instruction[];
  /** Who signs besides the payer. */
  signers: Key[];
}

/** The account that a price is posted to. */
export interface PostTo {
  /** Id of the feed. */
  feed: Hex;
  /** The account, which signs. */
  account: Key;
}

/** Price accounts that may hold the price, the likeliest first. */
export interface PriceAccounts {
  /** Addresses. */
  addresses: Key[];
}

/** Asks where a price is. */
export interface PriceName {
  /** Id of the feed. */
  feed: Hex;
  /** Set of feeds; zero, the sponsored one, where it is left out. */
  shard?: number | null;
  /** After which moment the price has to be the first one, unix seconds; the newest price where it is left out. */
  after?: Int | null;
}

/** The moments of other prices, unix seconds. Each is wanted as the first one after its moment. */
export interface PriceNeeds {
  /** That of the volatility sample which can be taken now; null where there is none. */
  sampleAfter?: Int | null;
  /** An earlier price, which a price far from its average is compared with; null where it needs none. */
  earlierAfter?: Int | null;
}

/** Asks which other prices quotes need beside an underlying's. */
export interface PriceQuestion {
  /** The underlying and its price. */
  market: Market;
  /** The moment after which the price has to be the first one, unix seconds; left out where it is the newest one. */
  after?: Int | null;
  /** Time of the chain's clock, unix seconds. */
  now: Int;
}

/** Kind of price account that an underlying uses. */
export type PriceSource = "PythUpdate" | "PythLegacy";

/** Why a call has no answer. */
export type Problem =
  /** The program would refuse it: its name of the error, its number, its message, and the two numbers that it compared. */
  | { kind: "Refused"; name: string; code: number; message: string; compared: string | null }
  /** The price of this underlying is needed. */
  | { kind: "NoPrice"; underlying: Key }
  /** The question itself is wrong. */
  | { kind: "Question"; message: string };

/** An account of the program. */
export type ProgramAccount =
  | ({ kind: "Protocol" } & Protocol)
  | ({ kind: "Underlying" } & Underlying)
  | ({ kind: "Pool" } & Pool)
  | ({ kind: "SeriesRegistry" } & SeriesRegistry)
  | ({ kind: "MarginAccount" } & MarginAccount)
  | ({ kind: "LiquidityRequest" } & LiquidityRequest)
  | ({ kind: "RetiredShares" } & RetiredShares)
  | ({ kind: "Proposal" } & Proposal)
  | ({ kind: "Counter" } & Counter)
  | ({ kind: "Order" } & Order);

/** An event of the program. */
export type ProgramEvent =
  | ({ kind: "AccountMigrated" } & AccountMigrated)
  | ({ kind: "AdminAccepted" } & AdminAccepted)
  | ({ kind: "ArrearsCollected" } & ArrearsCollected)
  | ({ kind: "BadDebtAbsorbed" } & BadDebtAbsorbed)
  | ({ kind: "BuybackAnnounced" } & BuybackAnnounced)
  | ({ kind: "CommitmentCancelled" } & CommitmentCancelled)
  | ({ kind: "CommitmentFilled" } & CommitmentFilled)
  | ({ kind: "CuratorAccepted" } & CuratorAccepted)
  | ({ kind: "CuratorFeesCollected" } & CuratorFeesCollected)
  | ({ kind: "DelegateChanged" } & DelegateChanged)
  | ({ kind: "DepositRequested" } & DepositRequested)
  | ({ kind: "DepositReturned" } & DepositReturned)
  | ({ kind: "DistressChanged" } & DistressChanged)
  | ({ kind: "FeesCollected" } & FeesCollected)
  | ({ kind: "FundingAccrued" } & FundingAccrued)
  | ({ kind: "FundingSettled" } & FundingSettled)
  | ({ kind: "InsuranceSwept" } & InsuranceSwept)
  | ({ kind: "LegFilled" } & LegFilled)
  | ({ kind: "Liquidated" } & Liquidated)
  | ({ kind: "LiquidityClaimed" } & LiquidityClaimed)
  | ({ kind: "LiquidityDeposited" } & LiquidityDeposited)
  | ({ kind: "LossApplied" } & LossApplied)
  | ({ kind: "MarginAccountClosed" } & MarginAccountClosed)
  | ({ kind: "MarginAccountOpened" } & MarginAccountOpened)
  | ({ kind: "MarginMoved" } & MarginMoved)
  | ({ kind: "NoticeGiven" } & NoticeGiven)
  | ({ kind: "OrderCancelled" } & OrderCancelled)
  | ({ kind: "OrderExecuted" } & OrderExecuted)
  | ({ kind: "OrderPlaced" } & OrderPlaced)
  | ({ kind: "PauseChanged" } & PauseChanged)
  | ({ kind: "PaymentCut" } & PaymentCut)
  | ({ kind: "PaymentOwed" } & PaymentOwed)
  | ({ kind: "PoolCreated" } & PoolCreated)
  | ({ kind: "PoolHalted" } & PoolHalted)
  | ({ kind: "PoolRefreshed" } & PoolRefreshed)
  | ({ kind: "PoolTightened" } & PoolTightened)
  | ({ kind: "PositionSettled" } & PositionSettled)
  | ({ kind: "ProposalAnnounced" } & ProposalAnnounced)
  | ({ kind: "ProposalCancelled" } & ProposalCancelled)
  | ({ kind: "ProposalCreated" } & ProposalCreated)
  | ({ kind: "ProposalExecuted" } & ProposalExecuted)
  | ({ kind: "ProtocolInitialized" } & ProtocolInitialized)
  | ({ kind: "ReferralClaimed" } & ReferralClaimed)
  | ({ kind: "RetiredRedeemed" } & RetiredRedeemed)
  | ({ kind: "SamplePassedOver" } & SamplePassedOver)
  | ({ kind: "SeriesEnded" } & SeriesEnded)
  | ({ kind: "SeriesExercised" } & SeriesExercised)
  | ({ kind: "SeriesListed" } & SeriesListed)
  | ({ kind: "SeriesRetired" } & SeriesRetired)
  | ({ kind: "SharesRenewed" } & SharesRenewed)
  | ({ kind: "SilenceReported" } & SilenceReported)
  | ({ kind: "TradeCommitted" } & TradeCommitted)
  | ({ kind: "Traded" } & Traded)
  | ({ kind: "UnderlyingCreated" } & UnderlyingCreated)
  | ({ kind: "VaultSynced" } & VaultSynced)
  | ({ kind: "VolatilitySampled" } & VolatilitySampled)
  | ({ kind: "WithdrawalCancelled" } & WithdrawalCancelled)
  | ({ kind: "WithdrawalExecuted" } & WithdrawalExecuted)
  | ({ kind: "WithdrawalPassed" } & WithdrawalPassed)
  | ({ kind: "WithdrawalRequested" } & WithdrawalRequested);

/**
 * A change that waits for its timelock. Its execution is announced and then made. Seeds: `proposal`, queue, number. The change or a cancellation closes
 * the account.
 */
export interface Proposal {
  /** This is the layout version. */
  version: number;
  /** This is the bump of this address. */
  bump: number;
  /** This is the number of the proposal. */
  id: Int;
  /** It is what counts it: the protocol, or the pool that it changes where that is curated. */
  queue: Key;
  /** This is who proposed it. */
  proposer: Key;
  /** This is the protocol, pool or underlying to change. */
  target: Key;
  /** It is the version of the target's configuration that the change was made for. */
  targetVersion: number;
  /** These are the unix seconds at which the change was proposed. */
  createdAt: Int;
  /** These are the unix seconds from which anyone may announce the execution, and then make the change. */
  readyAt: Int;
  /** These are the unix seconds from which nobody may make the change. */
  expiresAt: Int;
  /** Who paid the rent of this account and gets it back. */
  payer: Key;
  /** This is the change. */
  change: Change;
  /** These are the unix seconds at which its execution was last announced; zero before. */
  announcedAt: Int;
}

/** The execution of a proposal was announced. Anyone makes the change from one moment until another, or announces it again. */
export interface ProposalAnnounced {
  /** This is its number. */
  id: Int;
  /** It is what counts it: the protocol, or the pool that it changes where that is curated. */
  queue: Key;
  /** This is the protocol, pool or underlying to change. */
  target: Key;
  /** These are the unix seconds from which the change may be made. */
  from: Int;
  /** Unix seconds from which it may no longer be made unless it is announced again. */
  until: Int;
}

/** A proposal was cancelled. */
export interface ProposalCancelled {
  /** This is its number. */
  id: Int;
  /** It is what counts it: the protocol, or the pool that it would have changed. */
  queue: Key;
  /** This is who did it. */
  by: Key;
}

/** A change was proposed. */
export interface ProposalCreated {
  /** This is its number. */
  id: Int;
  /** It is what counts it: the protocol, or the pool that it changes where that is curated. */
  queue: Key;
  /** This is the protocol, pool or underlying to change. */
  target: Key;
  /** It is the version of the target's configuration that it was made for. */
  targetVersion: number;
  /** These are the unix seconds from which anyone may announce its execution. */
  readyAt: Int;
  /** These are the unix seconds from which nobody may execute it. */
  expiresAt: Int;
  /** This is the change. */
  change: Change;
}

/** A proposed change was made. */
export interface ProposalExecuted {
  /** This is its number. */
  id: Int;
  /** It is what counts it: the protocol, or the pool that it changes where that is curated. */
  queue: Key;
  /** It is what was changed. */
  target: Key;
  /** This is the version of the target's configuration now. */
  configVersion: number;
  /** This is the change. A new admin has yet to accept. */
  change: Change;
  /** These are the greatest price ages that the fees of a pool cover, in seconds, by underlying; zeros where no parameters of a pool change. */
  maxAges: number[];
}

/** Asks for the address of a proposal. */
export interface ProposalName {
  /** What counts it: the protocol, or a curated pool. */
  queue: Key;
  /** Its number. */
  number: Int;
}

/** Ready strategies. */
export interface Proposals {
  /** Three of them. */
  trades: ProposedTrade[];
}

/** Asks for three ready strategies. */
export interface ProposalsQuestion {
  /** The pool. */
  view: number;
  /** Bytes of the margin account; left out where it is not open yet. */
  account?: Base64 | null;
  /** What is paid in before, native units; nothing where it is left out. */
  deposit?: Int | null;
  /** Place of the underlying in the pool's list. */
  underlying: number;
  /** Tenor, seconds. */
  tenor: number;
  /** What is expected. */
  outlook: Outlook;
  /** How far the price goes, or within which range it stays, in basis points of it. */
  reachBps: number;
  /** The most that may be lost if everything is held to its end, native units, funding not counted; the size follows from it. */
  budget?: Int | null;
  /** Points of every leg, where no budget is given. */
  points?: Int | null;
}

/** Proposes a change. */
export interface Propose {
  /** Who pays rent. */
  payer: Key;
  /** Admin or curator. */
  proposer: Key;
  /** The queue's next number. */
  number: Int;
  /** The change. */
  change: Change;
  /** Its accounts. */
  accounts: ChangeTarget;
}

/** A ready strategy. */
export interface ProposedTrade {
  /** Which one. */
  proposal: ReadyStrategy;
  /** Its legs. */
  legs: OptionLeg[];
  /** What it comes to; null where it is refused. */
  quote?: TradeQuote | null;
  /** Why it is refused. */
  problem?: Problem | null;
}

/** The account with the roles and pauses of the protocol. Seeds: `protocol`. */
export interface Protocol {
  /** This is the layout version. */
  version: number;
  /** This is the bump of this address. */
  bump: number;
  /** Bits of the `Action`s whose pause the admin began and the guardian has not renewed. */
  pausedByAdmin: number;
  /** It creates underlyings and the protocol's pools, and proposes changes. */
  admin: Key;
  /** This is the admin to be, until it accepts; the default key for nobody. */
  pendingAdmin: Key;
  /** Pauses actions, lowers caps, halts pools and cancels proposals at once. */
  guardian: Key;
  /** Owner of the token accounts that protocol fees are paid to. */
  feeOwner: Key;
  /** This is the pause of each `Action`. */
  pauses: PauseState[];
  /** This is the number of the next proposal. */
  nextProposal: Int;
  /** These are the seconds between a proposal of roles and its execution; other proposals wait at least as long. */
  timelock: number;
  /** Number of changes of roles and timelock; a proposal names the version it was made for. */
  configVersion: number;
  /** These are the unix seconds at which the newest span of 24 hours began in which exits may be paused. */
  exitsSince: Int;
  /** This is the number of the present admin's first proposal. Earlier proposals are void, because another admin made them. */
  firstProposal: Int;
  /** These are the unix seconds until which the pending admin may accept. */
  pendingUntil: Int;
}

/** The protocol was created. */
export interface ProtocolInitialized {
  /** This is the admin. */
  admin: Key;
  /** This is the guardian. */
  guardian: Key;
  /** This is the owner of protocol fees. */
  feeOwner: Key;
  /** These are the seconds between a proposal of roles and its execution; other proposals wait at least as long. */
  timelock: number;
}

/** What somebody has provided. Amounts are native units. */
export interface ProviderCost {
  /** Shares that were minted for the owner and not handed in. */
  shares: Int;
  /** What the shares in the wallet have cost, rounded up; null where some came from elsewhere. */
  cost?: Int | null;
  /** Shares of withdrawals that wait. */
  waiting: Int;
  /** Their cost. */
  waitingCost: Int;
  /** Tokens of deposits on their way. */
  inTransit: Int;
  /** Tokens paid in by deposits that were executed. */
  paidIn: Int;
  /** What withdrawals, redemptions and returned deposits have paid or set aside. */
  paidOut: Int;
  /** What withdrawals and redemptions have come to, less the cost of their shares. */
  realised: Int;
  /** Fees of deposits that were given back. */
  fees: Int;
}

/** Asks what somebody has provided. */
export interface ProviderQuestion {
  /** The pool. */
  pool: Key;
  /** Who. */
  owner: Key;
  /** The class. */
  class: ShareClass;
  /** All transactions of the pool, the oldest first and each once. */
  transactions: PastTransaction[];
  /** Shares in the owner's wallet; those that were minted where it is left out. */
  held?: Int | null;
}

/** Publishes prices in a view, at another time of its clock. It is for made-up pools: a real pool has the prices of its feeds. */
export interface PublishQuestion {
  /** The pool. */
  view: number;
  /** Time of the clock, unix seconds, not before that of the view. */
  now: Int;
  /** Prices by place of the underlying, dollars, with at most eight places; null for the one that it has. */
  prices: (DecimalText | null)[];
}

/** A number that was typed. */
export interface ReadNumber {
  /** Its digits with at most one point; null where it is no number, or may be two. */
  number?: string | null;
  /** Both numbers that it may be: with a comma between thousands, and before decimals. Empty otherwise. */
  either: string[];
}

/** A ready strategy. `Bought`: an option near the price. `Vertical`: one near the price is bought and one at the expected price written. `Written`: an option is written at the price that is not expected to be reached. `Strangle`: a call and a put are written at both ends of the expected range. `Condor`: the same, with bought options farther out. `Straddle`: a call and a put are written near the price. */
export type ReadyStrategy = "Bought" | "Vertical" | "Written" | "Strangle" | "Condor" | "Straddle";

/** Hands shares of an earlier generation in for their part of what is left. */
export interface RedeemRetired {
  /** Which pool, with the generation of the shares. */
  pool: PoolName;
  /** Whose shares. */
  owner: Key;
  /** The class. */
  class: ShareClass;
  /** Who has paid for the account of that generation, which stores it. */
  payer: Key;
  /** Shares. */
  shares: Int;
}

/** A referrer was paid. */
export interface ReferralClaimed {
  /** It is the account whose fees were shared. */
  account: Key;
  /** This is the referrer. */
  referrer: Key;
  /** This is the amount. */
  amount: Int;
}

/** Values a pool. */
export interface RefreshPool {
  /** Which pool. */
  pool: PoolName;
  /** Feeds of all underlyings with open interest. */
  feeds: Feed[];
}

/** Begins another generation of the shares of a class whose capital is spent. */
export interface RenewShares {
  /** Which pool, with the generations that end. */
  pool: PoolName;
  /** Who pays rent. */
  payer: Key;
  /** The class. */
  class: ShareClass;
}

/** Reports that nobody samples an underlying. */
export interface ReportSilence {
  /** The underlying. */
  underlying: Key;
}

/** Requests a deposit of liquidity, or a withdrawal. */
export interface RequestLiquidity {
  /** Which pool. */
  pool: PoolName;
  /** Who requests. */
  owner: Key;
  /** The class. */
  class: ShareClass;
  /** The next number of the owner's counter. */
  number: Int;
  /** Native units of a deposit, shares of a withdrawal. */
  amount: Int;
  /** The fewest shares of a deposit, the least native units of a withdrawal. */
  least: Int;
}

/** Asks for the address of a request of liquidity. */
export interface RequestName {
  /** The pool. */
  pool: Key;
  /** Its class. */
  class: ShareClass;
  /** Who requests. */
  owner: Key;
  /** The owner's number of it. */
  number: Int;
}

/** Shares of an earlier generation were redeemed for their part of what is left. */
export interface RetiredRedeemed {
  /** This is the pool. */
  pool: Key;
  /** This is the class of the shares. */
  class: ShareClass;
  /** This is the generation of the shares. */
  generation: number;
  /** This is their owner. */
  owner: Key;
  /** These are the shares burnt. */
  shares: Int;
  /** Amount paid. */
  amount: Int;
  /** This says whether these were the last shares, and the account of the generation is closed. */
  closed: boolean;
}

/** What is left for the shares of one generation of a class. Seeds: `retired`, pool, class, generation. */
export interface RetiredShares {
  /** This is the layout version. */
  version: number;
  /** This is the bump of this address. */
  bump: number;
  /** This is the class of the shares: 0 for main, 1 for insurance. */
  class: number;
  /** This is the generation of the shares. */
  generation: number;
  /** This is the pool. */
  pool: Key;
  /** Who has paid for this account and gets its rent back. */
  payer: Key;
  /** These are the shares that are not yet redeemed, those of withdrawal requests included. */
  shares: Int;
  /** What is left for them, in native units. It lies in the class's vault among the executed withdrawals. */
  amount: Int;
  /** It is the factor of the loss index up to which the amount has borne losses, in units of 2^−63. */
  lossFactor: Int;
  /** This is the epoch of that loss index. */
  lossEpoch: number;
}

/** Why a deposit was given back. */
export type ReturnReason = "Halted" | "Distressed" | "SharesRenewed" | "NoShares" | "PriceUncertain" | "WritersUnsettled" | "NoPrice" | "TooFewShares" | "Lapsed" | "NoShareAccount" | "RulesChanged" | "SampleUntaken";

/** The first holders of the protocol's roles. */
export interface Roles {
  /** It creates pools and underlyings and proposes changes. */
  admin: Key;
  /** Pauses actions, lowers caps, halts pools and cancels proposals. */
  guardian: Key;
  /** It owns the token accounts that protocol fees are paid to. */
  feeOwner: Key;
}

/** Asks for a rounded decimal of numbers in fixed point. */
export interface RoundQuestion {
  /** The numbers. */
  numbers: Fixed[];
  /** Places after the point, at most 12. */
  places: number;
}

/** Rounded numbers. */
export interface Rounded {
  /** Each rounded toward −∞. */
  numbers: DecimalText[];
}

/** A volatility sample that is due. */
export interface Sample {
  /** Place of the underlying in the pool's list. */
  underlying: number;
  /** Unix seconds; the sample takes the first price after it. */
  after: Int;
}

/** The first price after a grid time was too uncertain to be sampled: no trade waits for that sample. */
export interface SamplePassedOver {
  /** This is the underlying. */
  underlying: Key;
  /** This is the grid time, unix seconds. */
  gridTime: Int;
  /** This is the price, dollars 64.64. */
  price: Int;
  /** This is the half-width of its confidence interval, dollars 64.64. */
  confidence: Int;
}

/** Samples the volatility of an underlying. */
export interface SampleVolatility {
  /** The underlying, and the first price after the sample's moment. */
  feed: Feed;
}

/** Asks for a pool made up in memory: 64 options on two underlyings. */
export interface SceneName {
  /** Scenes of one seed are equal. */
  seed: Int;
  /** Positions of the margin account, at most twelve. */
  positions: number;
  /** Whether every other option is left out, so that others can be listed in its place. */
  room?: boolean | null;
}

/** One option at the mark, and its sensitivities. */
export interface Sensitivities {
  /** Price of the underlying, dollars. */
  spot: Fixed;
  /** Implied volatility: that of the mark, per √year. */
  sigma: Fixed;
  /** Value, dollars. */
  mark: Fixed;
  /** Dollars that the value gains if the price rises by one dollar at its present slope. */
  delta: Fixed;
  /** By how much a rise of the price by one per cent raises the delta. */
  gamma: Fixed;
  /** Dollars that the value gains if the volatility at the money rises by one point. */
  vega: Fixed;
  /** What a holder pays a day at present, dollars. */
  fundingPerDay: Fixed;
  /** The part of it that is carry, dollars. */
  carryPerDay: Fixed;
}

/** Asks for mark and sensitivities of an option. */
export interface SensitivitiesQuestion {
  /** The pool. */
  view: number;
  /** The option; it need not be listed. */
  option: OptionId;
}

/** One series with its open interest and funding. */
export interface Series {
  /** This is the strike in whole dollars. */
  strike: Int;
  /** This is the long open interest: bought options, in points. */
  longPoints: Int;
  /** This is the short open interest: written options, in points, as a positive number. */
  shortPoints: Int;
  /** These are the unix seconds of the last funding accrual. */
  fundingTouched: number;
  /** This is the integral of the pool's carry up to that moment: see `Carried`. */
  carried: number;
  /** These are the unix seconds at which the slope was last measured. */
  measured: number;
  /** This is the time value at the last point of the underlying, as a share of the strike, in units of 2^−32: the funding that holders pay, without carry. */
  timeValue: number;
  /** It is `S·∂V/∂S` at the last price at which the series was valued, in 2^−16 dollars: what an option gains if the price doubles at that slope. */
  slope: Int;
  /** This is the funding index: cumulative funding, in 2^−40 dollars. */
  fundingIndex: Fixed;
  /** This is the time value and carry at the last point of the underlying, in dollars per tenor, 64.64; once the series has ended, what each of its points pays. */
  fundingRate: Fixed;
  /** This is Σ points · funding snapshot over all bought positions, in claim units of funding modulo 2^64: see `SeriesFunding`. */
  boughtBasis: Int;
  /** This is the same over all written positions. */
  writtenBasis: Int;
  /** This is the tenor in seconds. */
  tenor: number;
  /** This is the number of series listed in this slot up to and including this one. */
  generation: number;
  /** This is a `SeriesStatus`. */
  status: number;
  /** This is the place of the underlying in the pool's list. */
  underlying: number;
  /** It is 0 for a call, 1 for a put. */
  kind: number;
  /** This is the number of committed legs on this series, which keep its slot. */
  commitments: number;
  /** This is the cap as a share of the strike, in basis points. */
  capBps: number;
  /** This is the binary logarithm of the strike in the math crate's format; computed when the series is listed. */
  logStrike: Int;
  /** This is the binary logarithm of the cap price in the same format. */
  logCap: Int;
  /** These are the points that commitments will add to long open interest. */
  committedLong: Int;
  /** These are the points that commitments will add to short open interest. */
  committedShort: Int;
}

/** The contract of a series. */
export interface SeriesContract {
  /** Place of the underlying in the pool's list. */
  underlying: number;
  /** Whether it is a put; otherwise it is a call. */
  put: boolean;
  /** Strike in whole dollars. */
  strike: Int;
  /** Tenor in seconds. */
  tenor: number;
}

/** A series was ended for everybody, because its feed has ended for good. */
export interface SeriesEnded {
  /** This is the pool. */
  pool: Key;
  /** This is the series. */
  series: SeriesId;
  /** It is what each point pays, dollars 64.64: its value at the last sample. */
  payoff: Int;
  /** This is the final funding index, 2^−40 dollars. */
  fundingIndex: Int;
}

/** A series reached its cap and was exercised for everybody. */
export interface SeriesExercised {
  /** This is the pool. */
  pool: Key;
  /** This is the series. */
  series: SeriesId;
  /** This is the price, dollars 64.64. */
  spot: Int;
  /** This is the final funding index, 2^−40 dollars. */
  fundingIndex: Int;
}

/** Identifies a series permanently: slots are reused, but the generations of a slot are not. */
export interface SeriesId {
  /** This is the slot of the series in the registry. */
  slot: number;
  /** This is the number of series listed in this slot up to and including this one. */
  generation: number;
}

/** A series was listed. */
export interface SeriesListed {
  /** This is the pool. */
  pool: Key;
  /** This is the series. */
  series: SeriesId;
  /** This is the place of the underlying in the pool's list. */
  underlying: number;
  /** It is 0 for a call, 1 for a put. */
  kind: number;
  /** This is the strike in whole dollars. */
  strike: Int;
  /** This is the tenor in seconds. */
  tenor: number;
}

/** The series of a pool. Seeds: `registry`, pool. */
export interface SeriesRegistry {
  /** This is the layout version. */
  version: number;
  /** This is the bump of this address. */
  bump: number;
  /** This is the pool. */
  pool: Key;
  /** This is the series by slot. */
  series: Series[];
  /** These are the notices of the series by slot. */
  notices: Notices[];
}

/** A series' slot became free. */
export interface SeriesRetired {
  /** This is the pool. */
  pool: Key;
  /** This is the series. */
  series: SeriesId;
}

/** A series to list. */
export interface SeriesSpec {
  /** This says whether the option is a put; otherwise it is a call. */
  put: boolean;
  /** This is the strike in whole dollars. */
  strike: Int;
  /** This is the tenor in seconds, one of the underlying's. */
  tenor: number;
}

/** An option that has to be listed first. */
export interface SeriesToList {
  /** Place of its underlying in the pool's list. */
  underlying: number;
  /** What `listSeries` takes. */
  series: SeriesSpec;
}

/** Sets or removes a delegate. */
export interface SetDelegate {
  /** The owner. */
  owner: Key;
  /** The margin account. */
  account: Key;
  /** Who may trade; nobody where it is left out. */
  delegate?: Key | null;
  /** What the delegate's trades may cost in tips and fees, native units. */
  allowance: Int;
}

/** Pauses an action, or ends its pause. */
export interface SetPause {
  /** The protocol's guardian. */
  guardian: Key;
  /** What. */
  action: Action;
  /** For how many seconds; zero ends it. */
  seconds: number;
}

/** Settles positions in ended series. */
export interface SettlePositions {
  /** Which pool. */
  pool: PoolName;
  /** The margin account. */
  account: Key;
  /** Its owner, who signs to be paid less than is due where the pool cannot pay more; left out for anybody. */
  owner?: Key | null;
}

/** A class of liquidity. */
export type ShareClass = "Main" | "Insurance";

/** What some shares gain and lose with one underlying. */
export interface ShareExposure {
  /** Place of the underlying in the pool's list. */
  underlying: number;
  /** Price, dollars. */
  spot: Fixed;
  /** What it is. */
  exposure: Exposure;
}

/** Asks for the exposure of shares. */
export interface ShareExposureQuestion {
  /** The pool. */
  view: number;
  /** The class. */
  class: ShareClass;
  /** Shares. */
  shares: Int;
}

/** What some shares are worth, and with what that changes. */
export interface ShareExposures {
  /** What a withdrawal of them would pay at the prices of now, native units, rounded down, without cooldown and limits. */
  worth: Int;
  /** By underlying. */
  exposures: ShareExposure[];
}

/** Shares of one class and its queue of withdrawal requests. */
export interface ShareLedger {
  /**
   * These are the shares with holders and in withdrawal requests. The number is kept here and not read from the mint, so burning shares
   * outside the program does not change it.
   */
  total: Int;
  /** These are the shares in withdrawal requests that are not yet executed. */
  inWithdrawals: Int;
  /** This is the number of the next withdrawal request. */
  nextWithdrawal: Int;
  /** It is the number of the first withdrawal request that is not fully executed. */
  firstWithdrawal: Int;
  /** These are the unix seconds at which the present day of the daily withdrawal limit began. */
  dayStart: Int;
  /** This is the amount executed for withdrawal requests in that day, in native units. */
  dayOutflow: Int;
}

/** The price of a share at one moment. */
export interface SharePricePoint {
  /** Unix seconds. */
  time?: Int | null;
  /** What all shares were worth at the mark, native units. */
  assets: Int;
  /** Their number. */
  shares: Int;
}

/** What a share has gained, in parts, each as millionths of the price at the beginning, rounded down; null where that price was zero. */
export interface ShareReturnParts {
  /** Time of the price at the beginning, unix seconds; null where no price is known since then. */
  from?: Int | null;
  /** All of it. */
  total?: Int | null;
  /** Premiums received less premiums paid. */
  premiums?: Int | null;
  /** Funding, with carry. */
  funding?: Int | null;
  /** Fees. */
  fees?: Int | null;
  /** Payoffs. */
  payoffs?: Int | null;
  /** Bad debts. */
  badDebts?: Int | null;
  /** The rest: mostly what open options have become worth. */
  rest?: Int | null;
  /** The deepest fall from an earlier price since then, as millionths of that one, to the nearest. */
  drawdown?: Int | null;
}

/** Prices of shares, and what they have gained. */
export interface ShareReturns {
  /** Prices, the oldest first; the last one is that of now. */
  prices: SharePricePoint[];
  /** In the order of the question. */
  returns: ShareReturnParts[];
}

/** Asks how the price of a share has moved. */
export interface SharesQuestion {
  /** Transactions of the pool, the oldest first and each once. */
  transactions: PastTransaction[];
  /** The pool as it stands, which must have its prices. */
  view: number;
  /** Moments since which returns are told, unix seconds. */
  since: Int[];
}

/** The capital of a class was spent: its shares were retired, and a new generation began. */
export interface SharesRenewed {
  /** This is the pool. */
  pool: Key;
  /** This is the class. */
  class: ShareClass;
  /** It is the generation of the shares that were retired. */
  generation: number;
  /** This is their number, those of withdrawal requests included. */
  shares: Int;
  /** What is left for them. */
  amount: Int;
}

/**
 * Nobody has sampled an underlying for a day. Its series can be ended from then on that the event names, unless somebody samples it before: a
 * `VolatilitySampled` ends the silence.
 */
export interface SilenceReported {
  /** This is the underlying. */
  underlying: Key;
  /** This is the moment of the report, in unix seconds. */
  since: Int;
  /** These are the unix seconds from which its series can be ended. */
  endsAt: Int;
}

/** The largest size of a trade. */
export interface Size {
  /** Points of the largest leg, while the others keep their proportion; zero where no size is taken. */
  points: Int;
}

/** A size. */
export interface SizeAnswer {
  /** Coins of the underlying, rounded toward zero to nine places. */
  size: DecimalText;
}

/** Asks for the size of points. */
export interface SizeQuestion {
  /** Units of the pool. */
  units: Units;
  /** Points. */
  points: Int;
}

/** A movement of an account's wealth. */
export interface StatementLine {
  /** Unix seconds, where the network knew them. */
  time?: Int | null;
  /** Place of its transaction in the question. */
  transaction: number;
  /** Why, a word that does not change: `deposit`, `premium`, `funding`, `fee`, … */
  kind: string;
  /** The series, where it is about one. */
  series?: SeriesId | null;
  /** Its contract, where the pool lists it or one of the transactions has listed it. */
  option?: SeriesContract | null;
  /** Change of the position, points. */
  points: Int;
  /** Change of wealth, native units. */
  amount: Int;
  /** What of it is realised profit or loss, native units; null where the history does not tell what the points had cost. */
  realised?: Int | null;
  /** Wealth afterwards: cash and what is set aside, native units. */
  wealth: Int;
  /** Price of the underlying of a leg, dollars. */
  spot?: Fixed | null;
}

/** Asks for the statement of a margin account. */
export interface StatementQuestion {
  /** Address of the margin account. */
  account: Key;
  /** Transactions that name it, the oldest first and each once. */
  transactions: PastTransaction[];
  /** Its pool, for positions at present prices and for profit and loss that adds up. */
  view?: number | null;
  /** Bytes of the account, with the pool. */
  data?: Base64 | null;
  /** Days of funding after which break-even prices are told; today's where it is left out. */
  days?: number | null;
}

/** A sum. */
export interface Sum {
  /** All together. */
  sum: Int;
}

/** Asks for a sum, of points or of native units. */
export interface SumQuestion {
  /** What is added. */
  amounts: Int[];
}

/** Takes a number of the owner's counter, so that the transaction happens once. */
export interface TakeNumber {
  /** Who pays the counter's rent. */
  payer: Key;
  /** Whose numbers these are. */
  owner: Key;
  /** The next one. */
  number: Int;
}

/** Points of one series that a pool has taken on. */
export interface Taken {
  /** These are the points as of `at`: positive where traders have bought more than sold, negative where they have sold more. */
  points: Int;
  /** These are the points as of `before_at`, before the full minute that precedes `at`. */
  before: Int;
  /** These are the unix seconds of the newest change. */
  at: number;
  /** These are the unix seconds of the newest change before that minute. */
  beforeAt: number;
  /** This is the generation of the series; those of another one count as nothing. */
  generation: number;
}

/** A tenor offered by an underlying, with its cap ratios. */
export interface TenorParams {
  /** This is the tenor in seconds; zero for an unused entry. */
  seconds: number;
  /** This is the cap of calls as a share of the strike, above 10,000. */
  callCapBps: number;
  /** This is the cap of puts as a share of the strike, below 10,000. */
  putCapBps: number;
}

/** The volatility of marks at the money of one tenor. */
export interface TenorVolatility {
  /** Tenor, seconds. */
  tenor: number;
  /** Per √year. */
  sigma: Fixed;
}

/** Lowers caps of a pool. */
export interface TightenPool {
  /** Guardian or curator. */
  by: Key;
  /** Address of the pool. */
  pool: Key;
  /** The caps. */
  caps: PoolCaps;
}

/** A trade was committed: by its trader, or by an order whose condition was met. The first price after it fills it. */
export interface TradeCommitted {
  /** This is the account. */
  account: Key;
  /** This is who committed the trade, or placed its order. */
  trader: Key;
  /** This is its number within the account. */
  number: Int;
  /** It is the order that it comes from. */
  order: Key | null;
  /** These are the legs. */
  legs: Leg[];
  /** It is the bit of each leg that must only make a position smaller. */
  closing: number;
  /** This is the least change of cash accepted. */
  minNet: Int;
  /** This is the tip set aside for the filler; zero for an order, whose tip was set aside when it was placed. */
  tip: Int;
  /** It is set aside, and lost if the trade is not filled. */
  bond: Int;
  /** It is set aside by somebody else who has committed an order, out of an account of their own. */
  stake: Int;
  /** This is that account. */
  committerAccount: Key | null;
  /** This is the cash of the account afterwards. */
  cash: Int;
}

/**
 * The worst and the best that a trade can bring if every option of it is held until it is exercised or worth nothing, native units, funding
 * not included: what the account has with the trade, less what it would have without it.
 */
export interface TradeOutcome {
  /** Worst; negative is a loss. */
  worst: Int;
  /** Best; negative is a loss. */
  best: Int;
  /** Whether a leg makes an earlier position smaller: what that one would have brought is then counted as lost, or as gained. */
  givesUp: boolean;
}

/** A trade, ready to be signed once. */
export interface TradePlan {
  /** Instructions of one transaction, in order. */
  instructions: Instruction[];
  /** Who signs, the payer first. */
  signers: Key[];
  /** The margin account. */
  account: Key;
  /** Least change of cash accepted, native units: the commitment ends without a trade where the fill would be worse. */
  minNet: Int;
  /** What it comes to at the prices of now. */
  quote: TradeQuote;
}

/** Asks for the instructions of a trade: the account is opened where there is none, the deposit is paid in, missing series are listed, and the trade is committed. */
export interface TradePlanQuestion {
  /** The pool. */
  view: number;
  /** Owner of the margin account. */
  owner: Key;
  /** Bytes of the margin account; left out where it is not open yet. */
  account?: Base64 | null;
  /** Its number among the owner's; zero where it is left out. */
  subAccount?: number | null;
  /** Who pays rent and the network's fees; the owner where it is left out. */
  payer?: Key | null;
  /** The account's delegate, if the delegate signs. */
  trader?: Key | null;
  /** Who gets a share of the fees of an account that is opened. */
  referrer?: Key | null;
  /** What is paid in before, native units; nothing where it is left out. */
  deposit?: Int | null;
  /** How much worse than the quote the fill may be, in basis points of it; 100 where it is left out. */
  slippageBps?: number | null;
  /** Least change of cash accepted, native units, in the place of the slippage. */
  minNet?: Int | null;
  /** One to four legs. */
  legs: OptionLeg[];
}

/** Asks what a trade comes to. Options need not be listed. */
export interface TradeQuestion {
  /** The pool. */
  view: number;
  /** Bytes of the margin account; left out where it is not open yet. */
  account?: Base64 | null;
  /** What is paid in before, native units; nothing where it is left out. */
  deposit?: Int | null;
  /** One to four legs. */
  legs: OptionLeg[];
}

/** What a trade comes to at the prices of now. Amounts are native units. */
export interface TradeQuote {
  /** Change of cash by all legs, fees included; negative is paid. The limit of a trade is compared with it. */
  net: Int;
  /** Sum of the premiums. */
  premium: Int;
  /** Sum of the fees. */
  fee: Int;
  /** Bond: set aside until the trade is filled. */
  bond: Int;
  /** Change of cash before the legs, by funding and by the payment of exercised positions. */
  settled: Int;
  /** The legs. */
  legs: LegQuote[];
  /** Funding that the legs cost a day at present, rounded up; negative where it is received. */
  fundingPerDay: Int;
  /** Whether it adds risk; otherwise it only reduces it. */
  addsRisk: boolean;
  /** The most that all written options of the account can cost afterwards, rounded up: with this much cash no price can liquidate it. */
  shortCaps: Int;
  /** What the pool sets aside for the trade out of its own capital: the change of its reserves; negative where reserves are freed. */
  reserved: Int;
  /** Options that have to be listed first, in this order. */
  missing: SeriesToList[];
  /** Worst and best result. */
  outcome: TradeOutcome;
  /** The account before, settled. */
  before: AccountState;
  /** The account afterwards. */
  after: AccountState;
  /** Bytes of the margin account afterwards. */
  accountAfter: Base64;
}

/** What is traded, and within which limits. */
export interface TradeTerms {
  /** There are one to four legs. */
  legs: OptionLeg[];
  /**
   * The bit of each leg that must only make a position smaller, so that a close never opens what the trader has not confirmed,
   * whatever has become of the position.
   */
  closing: number;
  /**
   * This is the least change of cash accepted, fees included, in native units. A negative number is the most to pay; `i64::MIN` accepts any,
   * and only a reducing trade can name it.
   */
  minNet: Int;
}

/** A trade was filled, or a position was closed by `close_for_cash`, `close_for_place` or `auto_deleverage`. */
export interface Traded {
  /** This is the account. */
  account: Key;
  /**
   * It is the owner of the account for a filled trade, whose `TradeCommitted` names the trader; otherwise the keeper who closed the
   * position.
   */
  trader: Key;
  /** This is the change of cash by all legs, fees included. */
  net: Int;
  /** This is the cash afterwards. */
  cash: Int;
  /** This is the pool cash afterwards. */
  poolCash: Int;
  /** These are the reserves afterwards. */
  reservedCollateral: Int;
}

/** A price of an underlying that an order waits for. */
export interface Trigger {
  /** This is the place of the underlying in the pool's list. */
  underlying: number;
  /** This says whether spot has to be at or above the price; otherwise it has to be at or below it. */
  above: boolean;
  /** This is the price, in hundred-millionths of a dollar. */
  price: Int;
}

/** Asks what number somebody has typed. */
export interface TypedNumber {
  /** As it was typed. */
  text: string;
}

/** An underlying. Trades only read it. Seeds: `underlying`, feed id. */
export interface Underlying {
  /** This is the layout version. */
  version: number;
  /** This is the bump of this address. */
  bump: number;
  /** This is a `PriceSource`. */
  source: number;
  /** It is the feed id, as the source names its feeds. */
  feedId: Hex;
  /** It is the program that must own the price account. */
  priceOwner: Key;
  /** This is the name, padded with zeros. */
  symbol: Hex;
  /** These are the parameters. */
  params: UnderlyingParams;
  /** Number of changes of the configuration; a proposal names the version it was made for. */
  configVersion: number;
  /** This is the fast average of annual variance: squared log returns per year, 64.64. */
  fastVariance: Fixed;
  /** This is the slow average of the same. */
  slowVariance: Fixed;
  /** Annual volatility of marks of the shortest tenor at `sigma_time`, 64.64. The parameters limit its change in an hour. */
  frontSigma: Fixed;
  /** This is the same of the longest tenor; at most `front_sigma`. */
  backSigma: Fixed;
  /** This is the price of the last sample, in dollars, 64.64. */
  samplePrice: Fixed;
  /** This is the grid time of the last sample in unix seconds: its price is the first one published after that. */
  sampleTime: Int;
  /** These are the unix seconds at which the last sample was taken. */
  sigmaTime: Int;
  /** These are the prices and volatilities at which funding accrues. */
  fundingPoints: FundingPoints;
  /** These are the unix seconds at which parameters or price source were last changed. */
  configuredAt: Int;
  /** These are the unix seconds at which somebody reported that nobody samples the underlying; zero where nobody has, or since the next sample. */
  silentSince: Int;
  /** This is the volatility estimate before its last change, a sample or new parameters. */
  before: { fastVariance: Fixed; slowVariance: Fixed; frontSigma: Fixed; backSigma: Fixed; samplePrice: Fixed; sampleTime: Int; sigmaTime: Int };
  /** It is the last grid time, unix seconds, whose first price was too uncertain to be sampled, as somebody has shown; zero where there was none. */
  unsampledTime: Int;
}

/** The configuration of an underlying. */
export interface UnderlyingConfig {
  /** This is the name, padded with zeros. */
  symbol: Hex;
  /** This is the feed id; the price account's address for `PriceSource::PythLegacy`. */
  feedId: Hex;
  /** This is the kind of price account. */
  source: PriceSource;
  /** It is the program that must own price accounts. */
  priceOwner: Key;
  /** These are the parameters of the underlying. */
  params: UnderlyingParams;
}

/** An underlying was created. */
export interface UnderlyingCreated {
  /** This is the account of the underlying. */
  underlying: Key;
  /** These are its name, feed, price source and parameters. */
  config: UnderlyingConfig;
  /** It is the price at which the volatility estimate begins, dollars 64.64. */
  price: Int;
}

/** Asks for the address of an underlying. */
export interface UnderlyingName {
  /** Id of its price feed. */
  feed: Hex;
}

/** Parameters of an underlying. All shares and annual volatilities are in basis points. */
export interface UnderlyingParams {
  /** It is the greatest age of a price that counts as fresh, in seconds. */
  maxAge: number;
  /** It says how far a publish time may lie in the future, in seconds. */
  maxFuture: number;
  /** Strikes are whole multiples of this many dollars. */
  strikeStep: number;
  /** This is the half-life of the fast volatility average, in seconds. */
  volFastHalfLife: number;
  /** These are the seconds between volatility samples: their grid times are its multiples. */
  volMinInterval: number;
  /** These are the tenors offered. */
  tenors: TenorParams[];
  /** It is the widest confidence that counts as fresh, as a share of the price. */
  maxConfBps: number;
  /** It is the largest distance from the EMA price that counts as fresh, as a share of the EMA price. */
  maxEmaGapBps: number;
  /** It says how far the price of a trade is moved against the trader, as a share of its confidence. 10,000 is one confidence. */
  spreadConfBps: number;
  /** It is the largest distance of a strike from spot when its series is listed, as a share of spot. */
  strikeRangeBps: number;
  /** This is the shock of initial margin. */
  shockInitialBps: number;
  /** This is the shock of target margin, which a liquidation restores. */
  shockTargetBps: number;
  /** This is the shock of maintenance margin. */
  shockMaintenanceBps: number;
  /** This is the half-life of the slow volatility average, in half-lives of the fast one. */
  volSlowHalfLives: number;
  /** This is the annual volatility of a new underlying. */
  volStartBps: number;
  /** This is the multiplier of the root of the larger average. 10,000 leaves it unchanged. */
  volMultiplierBps: number;
  /** This is the least annual volatility. */
  volMinBps: number;
  /** This is the largest annual volatility. */
  volMaxBps: number;
  /** This is the largest change of the volatility in an hour, as a share of the volatility. */
  volMaxChangeBps: number;
  /** It is the number of standard deviations at which the return of a sample is cut. */
  volSampleCap: number;
  /** This is how fast variance and funding run on Saturdays (UTC), as a share of an even day. */
  volSaturdayBps: number;
  /** This is how fast they run on Sundays. On other days they run so much faster that a week is a week. */
  volSundayBps: number;
  /** This is the skew `a` of the smile, in basis points per unit of standardised moneyness. */
  smileSkewBps: number;
  /** This is the convexity `b` of the smile, in basis points per unit of standardised moneyness squared. */
  smileConvexityBps: number;
}

/** One underlying of a pool. Amounts are native units. */
export interface UnderlyingStatistics {
  /** Place in the pool's list. */
  underlying: number;
  /** Price, dollars; null where it is missing or refused. */
  spot?: Fixed | null;
  /** Implied volatilities at the money, by tenor. */
  marks: TenorVolatility[];
  /** Realised volatility by the fast average of squared returns, per √year. */
  realisedFast: Fixed;
  /** The same by the slow average. */
  realisedSlow: Fixed;
  /** Open interest that is held: points times price, rounded up; null without a price. */
  bought?: Int | null;
  /** Open interest that is written. */
  written?: Int | null;
  /** Number of series with open interest. */
  openSeries: number;
  /** What all traders would gain if the price doubled at the slopes of the last valuation. */
  netDelta: Int;
  /** Delta of those who gain when the price rises, with all that is committed. */
  up: Int;
  /** Delta of those who gain when it falls. */
  down: Int;
  /** How much more the next trades may add to the upward side. */
  roomUp: Int;
  /** How much more they may add to the downward side. */
  roomDown: Int;
  /** What the pool gains and loses with price and volatility; null where it cannot be valued. */
  exposure?: Exposure | null;
}

/** What amounts of a pool are read with. */
export interface Units {
  /** Decimals of the collateral. */
  decimals: number;
  /** Exponent of the pool's points (`scaleExponent`). */
  scaleExponent: number;
  /** Dollars that one token of the collateral is worth. */
  tokenPrice: DecimalText;
}

/** Asks what a signed update of Pyth's price service tells. */
export interface UpdateBytes {
  /** The update. */
  update: Base64;
}

/** A price of an update. */
export interface UpdatedPrice {
  /** Id of its feed. */
  feed: Hex;
  /** Price in units of 10^exponent dollars. */
  price: Int;
  /** Half-width of the confidence interval, in the same units. */
  conf: Int;
  /** Power of ten of the units. */
  exponent: number;
  /** Unix seconds. */
  publishTime: Int;
}

/** Prices of an update. */
export interface UpdatedPrices {
  /** The prices. */
  prices: UpdatedPrice[];
}

/** Asks for the volatilities of variances. */
export interface VariancesQuestion {
  /** Variances per year. */
  variances: Fixed[];
}

/** All ledgers of both vaults, in native units. */
export interface VaultLedgers {
  /** It is in the insurance vault: capital of the insurance class. */
  insuranceCash: Int;
  /** It is in the insurance vault: executed withdrawals of the insurance class, and deposits that were given back, that are not yet claimed. */
  insuranceWithdrawalsDue: Int;
  /** It is in the insurance vault: tokens of deposits that wait for their minute. */
  insuranceDepositsDue: Int;
  /**
   * It is in the main vault: income of insurance that is not yet moved to the insurance vault; negative for what insurance has paid and its
   * vault still holds.
   */
  insuranceDue: Int;
  /** It is in the main vault: protocol fees that are not yet collected. */
  feesDue: Int;
  /** It is in the main vault: the curator's fees that are not yet collected. */
  curatorDue: Int;
  /** It is in the main vault: capital of the main class. */
  poolCash: Int;
  /** It is in the main vault: sum of the cash of all margin accounts. */
  marginCash: Int;
  /** It is in the main vault: executed withdrawals of the main class, and deposits that were given back, that are not yet claimed. */
  withdrawalsDue: Int;
  /** It is in the main vault: tokens of deposits that wait for their minute. */
  depositsDue: Int;
  /** It is in the main vault: referrers' shares of fees that are not yet claimed. */
  referralsDue: Int;
  /** It is in the main vault: tips of open orders and commitments. */
  tipsDue: Int;
}

/** Tokens missing in the vaults were assigned to those who bear the loss, or what was sent to the main vault made good what the pool was short of. */
export interface VaultSynced {
  /** This is the pool. */
  pool: Key;
  /** These are the ledgers before. */
  before: VaultLedgers;
  /** These are the ledgers afterwards. */
  after: VaultLedgers;
}

/** A pool held in memory. */
export interface View {
  /** Names it in later questions. */
  view: number;
}

/** Asks about a pool. */
export interface ViewQuestion {
  /** The pool. */
  view: number;
}

/** Volatilities. */
export interface VolatilitiesAnswer {
  /** In the order of the question, per √year, to the nearest of 53 bits. */
  volatilities: Fixed[];
}

/** A volatility sample was taken. */
export interface VolatilitySampled {
  /** This is the underlying. */
  underlying: Key;
  /** This is the price sampled, dollars 64.64. */
  price: Int;
  /** This is the fast average of annual variance: squared log returns per year, 64.64. */
  fastVariance: Int;
  /** This is the slow average of the same, 64.64. */
  slowVariance: Int;
  /** Volatility of marks of the shortest tenor, 64.64. */
  frontSigma: Int;
  /** Volatility of marks of the longest tenor, 64.64. */
  backSigma: Int;
}

/** Asks for an associated token account. */
export interface WalletName {
  /** Whose. */
  owner: Key;
  /** Its mint. */
  mint: Key;
  /** The mint's token program. */
  tokenProgram: Key;
}

/** How an account stands in each case. */
export interface WhatIf {
  /** In the order of the cases. */
  accounts: AccountState[];
}

/** Asks how an account stands if prices and volatilities were others. */
export interface WhatIfQuestion {
  /** The pool. */
  view: number;
  /** Bytes of the margin account; left out where it is not open yet. */
  account?: Base64 | null;
  /** What is paid in before, native units; nothing where it is left out. */
  deposit?: Int | null;
  /** A trade before, at the prices of now; none for the account as it is. */
  legs: OptionLeg[];
  /** Each case is a list of changes. */
  cases: MarketShift[][];
}

/** A withdrawal request was cancelled by its owner. */
export interface WithdrawalCancelled {
  /** This is the pool. */
  pool: Key;
  /** This is the class of the shares. */
  class: ShareClass;
  /** This is the place in the class's queue. */
  number: Int;
  /** This is the owner. */
  owner: Key;
  /** These are the shares that were waiting. */
  shares: Int;
  /** These are the shares of them that have come back; the gains of the others are their holders'. */
  back: Int;
}

/** A withdrawal was executed, in full or in part. */
export interface WithdrawalExecuted {
  /** This is the pool. */
  pool: Key;
  /** This is the class. */
  class: ShareClass;
  /** This is the withdrawal's number. */
  number: Int;
  /** These are the shares executed. */
  shares: Int;
  /** This is the amount set aside for the owner. */
  amount: Int;
  /** It is what all shares were worth before, lower bound. */
  assets: Int;
}

/** The queue has gone on without its first withdrawal request: it was cancelled, or worth less than its least amount, once or too often. */
export interface WithdrawalPassed {
  /** This is the pool. */
  pool: Key;
  /** This is the class of the shares. */
  class: ShareClass;
  /** This is its place in the class's queue before. */
  number: Int;
  /** This is its new place, at the end; `None` for one that was cancelled, or has left the queue and waits for its owner to cancel it. */
  place: Int | null;
}

/** A request to withdraw liquidity, ready to be signed. */
export interface WithdrawalPlan {
  /** Instructions of one transaction, in order. */
  instructions: Instruction[];
  /** Who signs, the payer first. */
  signers: Key[];
  /** What it would pay if it were executed now. */
  quote: WithdrawalQuote;
}

/** Asks for the instructions of a request to withdraw liquidity. */
export interface WithdrawalPlanQuestion {
  /** The pool. */
  view: number;
  /** Whose shares. */
  owner: Key;
  /** The class. */
  class: ShareClass;
  /** Shares. */
  shares: Int;
  /** The least native units accepted; nine tenths of what the shares are worth where it is left out. */
  least?: Int | null;
  /** The next number of the owner's counter. */
  number: Int;
}

/** What a withdrawal pays if it were executed now. */
export interface WithdrawalQuote {
  /** Worth of the shares at the lower bound, rounded down, native units. */
  worth: Int;
  /** Shares that could be executed now. */
  sharesNow: Int;
  /** Payment for these, native units. */
  amountNow: Int;
  /** Seconds between request and execution. */
  cooldown: Int;
  /** What a request accepts at least unless another amount is named, native units: nine tenths of the worth. */
  least: Int;
}

/** Shares were burnt and a withdrawal request was made. */
export interface WithdrawalRequested {
  /** This is the pool. */
  pool: Key;
  /** This is the class. */
  class: ShareClass;
  /** This is the withdrawal's number. */
  number: Int;
  /** This is the number of the request. */
  id: Int;
  /** This is its owner. */
  owner: Key;
  /** These are the shares burnt. */
  shares: Int;
  /** It is the least that these shares must be worth to be executed. */
  least: Int;
}

/** An amount of tokens. */
export interface WorthAnswer {
  /** Tokens, exactly. */
  tokens: DecimalText;
  /** Dollars, exactly; null without a price. */
  dollars?: DecimalText | null;
}

/** Asks what native units are in tokens, and in dollars where the price is known. */
export interface WorthQuestion {
  /** Native units. */
  native: Int[];
  /** Decimals of the token. */
  decimals: number;
  /** Dollars that one token is worth. */
  tokenPrice?: DecimalText | null;
}

/** Amounts of tokens. */
export interface Worths {
  /** In the order of the question. */
  amounts: WorthAnswer[];
}

/** Calls of the first part, which is fetched first: what each is asked and what it answers. */
export interface FirstCalls {
  /** Decodes an account of any type. */
  account: { ask: AccountBytes; answer: ProgramAccount };
  /** Addresses of a pool. */
  poolKeys: { ask: PoolName; answer: PoolKeys };
  /** Price accounts that may hold the newest price of a feed, or the first one after a moment. */
  priceAccounts: { ask: PriceName; answer: PriceAccounts };
  /** Which of some accounts has the first price after a moment, by the program's own rules. */
  firstPrice: { ask: FirstPrice; answer: FoundPrice };
  /** Which other prices quotes need beside an underlying's. */
  priceNeeds: { ask: PriceQuestion; answer: PriceNeeds };
  /** Which of some accounts has an earlier price that confirms an underlying's, by the program's own rules. */
  earlierPrice: { ask: EarlierPrice; answer: FoundPrice };
  /** Holds a pool in memory for quotes. */
  openView: { ask: PoolAccounts; answer: View };
  /** Lets go of it. */
  closeView: { ask: View; answer: Nothing };
  /** The number that somebody has typed: what may be two numbers is told as both. */
  readNumber: { ask: TypedNumber; answer: ReadNumber };
  /** Points of a size. */
  pointsOfSize: { ask: PointsQuestion; answer: PointsAnswer };
  /** Size of points. */
  sizeOfPoints: { ask: SizeQuestion; answer: SizeAnswer };
  /** Native units in tokens and dollars. */
  worthOf: { ask: WorthQuestion; answer: Worths };
  /** Decimals of numbers in fixed point, rounded down. */
  round: { ask: RoundQuestion; answer: Rounded };
  /** What a trade comes to at the prices of now. */
  quoteTrade: { ask: TradeQuestion; answer: TradeQuote };
  /** Liquidation prices of the account after a trade. */
  liquidationAfter: { ask: TradeQuestion; answer: AllLiquidationPrices };
  /** The largest size of a trade that is taken. */
  capacityOfTrade: { ask: TradeQuestion; answer: Size };
  /** What a trade and positions bring at other prices of an underlying, now and after days of funding, and where they break even. */
  payoff: { ask: PayoffQuestion; answer: PayoffCurves };
  /** All options of one tenor, with the prices to buy and to sell a size. */
  chain: { ask: ChainQuestion; answer: Chain };
  /** Three ready strategies for whoever says where the price goes. */
  proposals: { ask: ProposalsQuestion; answer: Proposals };
  /** Which of several pools does a trade best. */
  offers: { ask: OffersQuestion; answer: PoolOffers };
  /** A pool at one moment: worth, reserves, volatilities, open interest, direction. */
  statistics: { ask: ViewQuestion; answer: PoolStatistics };
}

/** All calls. */
export interface Calls extends FirstCalls {
  /** Native units of an amount of tokens. */
  nativeOf: { ask: NativeQuestion; answer: NativeAnswer };
  /** The change of cash by a trade, by the same rules with a fraction of the work. */
  checkTrade: { ask: TradeQuestion; answer: Net };
  /** Decodes the events in the log of a transaction. */
  events: { ask: Logs; answer: Events };
  /** Decodes an event of its bytes. */
  event: { ask: AccountBytes; answer: ProgramEvent };
  /** Address of the underlying of a price feed. */
  underlyingKey: { ask: UnderlyingName; answer: AnAddress };
  /** Address of a margin account. */
  marginAccountKey: { ask: MarginAccountName; answer: AnAddress };
  /** How a node finds all margin accounts of an owner. */
  accountSearch: { ask: Nothing; answer: AccountSearch };
  /** Address of an order. */
  orderKey: { ask: OrderName; answer: AnAddress };
  /** Address of a request of liquidity. */
  requestKey: { ask: RequestName; answer: AnAddress };
  /** Address of the share mint of a generation. */
  shareMintKey: { ask: GenerationName; answer: AnAddress };
  /** Address of what is left for the shares of an earlier generation. */
  retiredKey: { ask: GenerationName; answer: AnAddress };
  /** Address of an associated token account. */
  walletKey: { ask: WalletName; answer: AnAddress };
  /** Address of the counter of a key's transfers. */
  counterKey: { ask: CounterName; answer: AnAddress };
  /** Address of a proposal. */
  proposalKey: { ask: ProposalName; answer: AnAddress };
  /** A pool made up in memory, to try everything without a network. */
  scene: { ask: SceneName; answer: MadeUp };
  /** Does a trade at once on the pool that is held, which is for made-up ones: the pool and the account of the answer are as a fill would leave them. */
  practise: { ask: TradeQuestion; answer: TradeQuote };
  /** Publishes prices on a made-up pool, and sets its clock. */
  publish: { ask: PublishQuestion; answer: Nothing };
  /** The instructions of a trade, signed once: the account is opened, the deposit paid in, series listed, and the trade committed. */
  planTrade: { ask: TradePlanQuestion; answer: TradePlan };
  /** The instructions of a fill, with the volatility samples that it waits for. */
  planFill: { ask: FillPlanQuestion; answer: FillPlan };
  /** The transactions that close all positions and pay everything out. */
  planLeave: { ask: LeavePlanQuestion; answer: LeavePlan };
  /** The instructions of a deposit of liquidity. */
  planDeposit: { ask: DepositPlanQuestion; answer: DepositPlan };
  /** The instructions of a request to withdraw liquidity. */
  planWithdrawal: { ask: WithdrawalPlanQuestion; answer: WithdrawalPlan };
  /** How an account stands if prices and volatilities were others. */
  whatIf: { ask: WhatIfQuestion; answer: WhatIf };
  /** Mark, implied volatility and sensitivities of an option. */
  sensitivities: { ask: SensitivitiesQuestion; answer: Sensitivities };
  /** The positions of an account, with their sensitivities. */
  positions: { ask: PositionsQuestion; answer: Positions };
  /** What some shares are worth, and with what that changes. */
  shareExposure: { ask: ShareExposureQuestion; answer: ShareExposures };
  /** Whether a trade can be committed, and how the account stands then. */
  quoteCommit: { ask: CommitQuestion; answer: CommitQuote };
  /** Which prices the fill of an account's commitment needs. */
  fillNeeds: { ask: AccountQuestion; answer: FillNeeds };
  /** What becomes of an account's commitment at the prices of the view, exactly. */
  quoteFill: { ask: AccountQuestion; answer: FillQuote };
  /** An account's cash, equity, health, funding and runway. */
  quoteAccount: { ask: AccountQuestion; answer: AccountState };
  /** Liquidation prices of an account. */
  liquidationPrices: { ask: AccountQuestion; answer: AllLiquidationPrices };
  /** The most that an account can buy and sell of an option. */
  capacity: { ask: OptionQuestion; answer: Capacity };
  /** Shares for a deposit of liquidity at the prices of now. */
  quoteDeposit: { ask: AmountQuestion; answer: DepositQuote };
  /** What a withdrawal of shares pays if it were executed now. */
  quoteWithdrawal: { ask: AmountQuestion; answer: WithdrawalQuote };
  /** Net asset value of a class of shares. */
  netAssetValue: { ask: ClassQuestion; answer: NetAssetValue };
  /** The statement of a margin account: movements, costs, and profit and loss that adds up. */
  statement: { ask: StatementQuestion; answer: AccountStatement };
  /** What somebody has provided to a pool, and what it has cost. */
  provider: { ask: ProviderQuestion; answer: ProviderCost };
  /** Sum of amounts. */
  sumOf: { ask: SumQuestion; answer: Sum };
  /** Volatilities of variances. */
  volatilitiesOf: { ask: VariancesQuestion; answer: VolatilitiesAnswer };
  /** How the price of a share has moved, and by what. */
  shareReturns: { ask: SharesQuestion; answer: ShareReturns };
  /** Opens a margin account. */
  openMarginAccount: { ask: OpenMarginAccount; answer: Instruction };
  /** Pays margin in. */
  depositMargin: { ask: MoveMargin; answer: Instruction };
  /** Pays margin out. */
  withdrawMargin: { ask: MoveMargin; answer: Instruction };
  /** Takes a number, so that the transaction happens once. */
  takeNumber: { ask: TakeNumber; answer: Instruction };
  /** Commits a trade. */
  commitTrade: { ask: CommitTrade; answer: Instruction };
  /** Fills a commitment. */
  fillTrade: { ask: FillTrade; answer: Instruction };
  /** Sets or removes a delegate. */
  setDelegate: { ask: SetDelegate; answer: Instruction };
  /** Closes an empty margin account. */
  closeMarginAccount: { ask: CloseMarginAccount; answer: Instruction };
  /** Places an order. */
  placeOrder: { ask: PlaceOrder; answer: Instruction };
  /** Cancels an order. */
  cancelOrder: { ask: CancelOrder; answer: Instruction };
  /** Requests a deposit of liquidity. */
  requestDeposit: { ask: RequestLiquidity; answer: Instruction };
  /** Requests a withdrawal of liquidity. */
  requestWithdrawal: { ask: RequestLiquidity; answer: Instruction };
  /** Cancels a withdrawal. */
  cancelWithdrawal: { ask: OwnRequest; answer: Instruction };
  /** Pays out what a request has set aside. */
  claimLiquidity: { ask: OwnRequest; answer: Instruction };
  /** Lists a series. */
  listSeries: { ask: ListSeries; answer: Instruction };
  /** Samples the volatility of an underlying. */
  sampleVolatility: { ask: SampleVolatility; answer: Instruction };
  /** Settles positions in ended series. */
  settlePositions: { ask: SettlePositions; answer: Instruction };
  /** Lets insurance and the pool bear what an account without positions owes. */
  absorbBadDebt: { ask: OfAccount; answer: Instruction };
  /** Frees the slot of a series without open interest. */
  retireSeries: { ask: OfSeries; answer: Instruction };
  /** Exercises a series at its cap. */
  exerciseSeries: { ask: ExerciseSeries; answer: Instruction };
  /** Ends a series of a silent underlying. */
  endSeries: { ask: EndSeries; answer: Instruction };
  /** Gives notice of a series. */
  giveNotice: { ask: GiveNotice; answer: Instruction };
  /** Liquidates a margin account. */
  liquidate: { ask: Liquidate; answer: Instruction };
  /** Closes written options of which more are written than bought. */
  autoDeleverage: { ask: AutoDeleverage; answer: Instruction };
  /** Closes a position whose account has no cash for its funding. */
  closeForCash: { ask: ForcedClose; answer: Instruction };
  /** Closes a position of which notice was given. */
  closeForPlace: { ask: CloseForPlace; answer: Instruction };
  /** Commits the trade of an order whose condition holds. */
  commitOrder: { ask: CommitOrder; answer: Instruction };
  /** Pays a referrer's part of fees out. */
  claimReferral: { ask: ClaimReferral; answer: Instruction };
  /** Mints the shares of a deposit. */
  executeDeposit: { ask: ExecuteDeposit; answer: Instruction };
  /** Executes a withdrawal. */
  executeWithdrawal: { ask: ExecuteWithdrawal; answer: Instruction };
  /** Begins another generation of shares. */
  renewShares: { ask: RenewShares; answer: Instruction };
  /** Hands shares of an earlier generation in. */
  redeemRetired: { ask: RedeemRetired; answer: Instruction };
  /** Applies points of funding to a part of a registry. */
  accrueFunding: { ask: AccrueFunding; answer: Instruction };
  /** Values a pool. */
  refreshPool: { ask: RefreshPool; answer: Instruction };
  /** Moves insurance's income to its own vault. */
  sweepInsurance: { ask: OfPool; answer: Instruction };
  /** Compares vaults with ledgers. */
  syncVault: { ask: OfPool; answer: Instruction };
  /** Reports that nobody samples an underlying. */
  reportSilence: { ask: ReportSilence; answer: Instruction };
  /** Upgrades an account to the present layout. */
  migrateAccount: { ask: MigrateAccount; answer: Instruction };
  /** Begins the protocol. */
  initializeProtocol: { ask: InitializeProtocol; answer: Instruction };
  /** Creates an underlying. */
  createUnderlying: { ask: CreateUnderlying; answer: Instruction };
  /** Creates a pool. */
  createPool: { ask: CreatePool; answer: Instruction };
  /** Pauses an action, or ends its pause. */
  setPause: { ask: SetPause; answer: Instruction };
  /** Pays the protocol's fees out. */
  collectFees: { ask: CollectFees; answer: Instruction };
  /** Pays a curator's fees out. */
  collectCuratorFees: { ask: CollectFees; answer: Instruction };
  /** Proposes a change. */
  propose: { ask: Propose; answer: Instruction };
  /** Executes a proposal. */
  executeProposal: { ask: ExecuteProposal; answer: Instruction };
  /** Cancels a proposal. */
  cancelProposal: { ask: CancelProposal; answer: Instruction };
  /** Takes the role of admin. */
  acceptAdmin: { ask: AcceptAdmin; answer: Instruction };
  /** Takes the role of curator. */
  acceptCurator: { ask: ByOfPool; answer: Instruction };
  /** Announces that the pool buys all options back. */
  announceBuyback: { ask: ByOfPool; answer: Instruction };
  /** Lowers caps of a pool. */
  tightenPool: { ask: TightenPool; answer: Instruction };
  /** Halts a pool. */
  haltPool: { ask: ByOfPool; answer: Instruction };
  /** What a signed update of Pyth's price service tells. */
  readUpdate: { ask: UpdateBytes; answer: UpdatedPrices };
  /** The instructions that post signed prices. */
  postPrices: { ask: PostQuestion; answer: PostPlan };
}
