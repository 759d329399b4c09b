//! `sansfond`: the engine at a terminal.
//!
//! What it does is in [`program`]. Videos are handed over to a program beside this one.

mod args;
mod commands;
mod hand_over;
mod huge_pages;
mod options;
mod place;
mod program;
mod rembg_dialect;

fn main() -> std::process::ExitCode {
    program::run(hand_over::video)
}
