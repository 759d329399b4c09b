//! Credits: what an account may still use, where it comes from, and the ledger of every change.
//!
//! | file | subject |
//! | --- | --- |
//! | `amount` | how many credits, in quarters |
//! | `price` | what a job costs |
//! | `balance` | what an account has used and what it owns |
//! | `reservation` | what a job has taken, and where it came from |
//! | `ledger` | every change of a balance, with its cause |
//!
//! Deliberately absent: money, currencies and Stripe. A payment is known here by its id and by the credits that it gave.

mod amount;
mod balance;
mod ledger;
mod price;
mod reservation;

pub use amount::{CreditChange, Credits, CreditsError};
pub use balance::{Balance, Exhausted, Period};
pub use ledger::{Cause, LedgerEntry, PlanChange, Reason};
pub use price::{LENGTH_SLACK_MS, MS_PER_CREDIT, price};
pub use reservation::{Reservation, Source};
