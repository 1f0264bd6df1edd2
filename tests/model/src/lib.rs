//! An independent model of the protocol.
//!
//! It is written from docs/protocol.md and docs/mathematics.md and not from the program, in another shape: plain data, whole numbers of any size, and values as
//! real numbers of 192 binary digits. [`model::Model`] says what an instruction should do. `tests/model.rs` sends the same to the compiled program, in random
//! sequences, and compares everything after each step: ledgers, vaults, wallets, shares, accounts, positions, commitments, requests, series, sides. A success that
//! the model refuses is a disagreement, and so is a refusal by an error, or an end of a commitment by a reason, that the model does not find.
//!
//! `EVERGREEN_MODEL_STEPS=3000 cargo test -p evergreen-model --test model -- --nocapture` plays longer sequences and tells what was met in them.
//!
//! # What is covered
//!
//! | what | how |
//! | --- | --- |
//! | `open_margin_account`, `close_margin_account`, `deposit_margin`, `withdraw_margin` | to the unit, with their refusals |
//! | `commit_trade`: tip, bond, reserves, direction, growth, arrears, order of checks | to the unit; of several errors any that applies may be told |
//! | `fill_trade`: premium, fee and its parts, positions, reserves, sides, limit, ends in vain, lapses, abandoned commitments | to the unit |
//! | funding of positions, carry of half-hours, net delta | to the unit, given the index |
//! | `place_order`, `cancel_order`, `commit_order`: terms, tip, trigger, time, the trade that is tried beside its bond, stakes of strangers, what an order that is over gives back; `fill_trade` of orders and for fillers: tips, stakes, what waits on | to the unit; of several errors any that applies may be told |
//! | `request_deposit`, `execute_deposit`, `request_withdrawal`, `execute_withdrawal` in full, `claim_liquidity`, returned deposits, the record of later trades | to the unit |
//! | `exercise_series`, `settle_positions` | to the unit |
//! | `liquidate`: who may be, what is closed at the bid, penalty, reward, what insurance adds | to the unit, given the size closed and the penalty, which lie within the bounds that health as a real number leaves |
//! | `absorb_bad_debt`, `sweep_insurance` | to the unit |
//! | volatilities of quotes | within 2⁻⁴⁸, given the averages of the last sample |
//! | values, slopes, the funding index and its rate, net asset value | within the error of values that docs/mathematics.md states; see [`witness`] |
//! | health | as a real number; where roundings of some units decide, either outcome is accepted and counted |
//!
//! # What is not
//!
//! Averages of volatility samples, points of funding and parameters are read from the chain. Funding of a series that nobody has touched for two hours is taken over
//! (counted as *adopted*). Liquidity of a minute that is a half-hour, or that a sample was taken after, is left out; so are partial executions, passed and cancelled withdrawals, and
//! the mark of a pool that is refreshed. Slopes of a commitment of an order that is refused are nowhere told, so the model takes `DirectionLimit` from it. Not modelled at all: delegates, liquidations of accounts with a commitment, forced closes, notices, buy-backs, seizures, distress, generations of shares, far and uncertain prices,
//! dead feeds, pauses, curators, governance. The pool has one token that no issuer touches.

pub mod act;
pub mod calendar;
pub mod model;
pub mod observe;
pub mod option;
pub mod pending;
pub mod real;
pub mod rules;
pub mod state;
pub mod volatility;
pub mod witness;
