//! `sansfond completions SHELL`.

use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;

use crate::args::Cli;

pub(crate) fn run(shell: clap_complete::Shell) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sansfond", &mut script);
    super::print(&String::from_utf8(script)?);
    Ok(ExitCode::SUCCESS)
}
