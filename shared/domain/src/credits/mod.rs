//! Credits: the balance of an account, the price of a job, and the ledger.
//!
//! | file | subject |
//! | --- | --- |
//! | `amount` | amounts of credits, in quarters |
//! | `price` | the price of a job |
//! | `period` | the period of an allowance |
//! | `balance` | used and available credits of an account |
//! | `reservation` | the credits that a job holds, by source |
//! | `ledger` | every change of a balance, with its cause |
//!
//! Deliberately absent: money, currencies and Stripe. Here a payment is an ID and the credits that it gave.

mod amount;
mod balance;
mod ledger;
mod period;
mod price;
mod reservation;
mod uncharged;

pub use amount::{CreditChange, Credits, CreditsError};
pub use balance::{Balance, Exhausted};
pub use ledger::{Cause, LedgerEntry, PlanChange, Reason};
pub use period::Period;
pub use price::{LENGTH_SLACK_MS, MS_PER_CREDIT, price};
pub use reservation::{Reservation, Source};
pub use uncharged::UnchargedJobs;
