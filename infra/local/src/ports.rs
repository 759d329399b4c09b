//! The three ports on 127.0.0.1: those that the user names, else those of the last start, else the first free
//! ones.
//!
//! They are remembered because the emulator's data, such as the addresses of queues, contains its port. So
//! two checkouts run side by side, each at addresses that stay.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sansfond_telemetry::settings::optional;
use serde::{Deserialize, Serialize};

/// The ports, all different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ports {
    /// The front door: site and API.
    pub(crate) door: u16,
    pub(crate) cloud: u16,
    pub(crate) batch: u16,
}

/// The ports of a first start, if they are free.
const PREFERRED: Ports = Ports { door: 8080, cloud: 4566, batch: 4567 };
/// How many ports a first start tries.
const TRIES: u16 = 200;

impl Ports {
    /// The ports for the data in a folder.
    ///
    /// # Errors
    /// A variable is not a port, two ports are equal, or none is free.
    pub(crate) fn choose(state: &Path) -> anyhow::Result<Self> {
        let named = [optional("PORT")?, optional("SANSFOND_CLOUD_PORT")?, optional("SANSFOND_BATCH_PORT")?];
        let [door, cloud, batch] = settle(named, Self::remembered(state), is_free)?;
        Ok(Self { door, cloud, batch })
    }

    /// Stores them for the next start.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn remember(self, state: &Path) -> anyhow::Result<()> {
        let path = file(state);
        std::fs::write(&path, serde_json::to_vec(&self)?).with_context(|| path.display().to_string())
    }

    /// A file that cannot be read counts as absent: then the ports are chosen again.
    fn remembered(state: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(file(state)).ok()?).ok()
    }

    fn list(self) -> [u16; 3] {
        [self.door, self.cloud, self.batch]
    }
}

fn file(state: &Path) -> PathBuf {
    state.join("ports.json")
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

const VARIABLES: [&str; 3] = ["PORT", "SANSFOND_CLOUD_PORT", "SANSFOND_BATCH_PORT"];

fn settle(
    named: [Option<u16>; 3],
    remembered: Option<Ports>,
    is_free: impl Fn(u16) -> bool,
) -> anyhow::Result<[u16; 3]> {
    for (place, port) in named.iter().enumerate().filter_map(|(place, port)| Some((place, (*port)?))) {
        if let Some(other) = named[..place].iter().position(|&other| other == Some(port)) {
            bail!("{} and {} are both {port}; choose two ports", VARIABLES[other], VARIABLES[place]);
        }
    }
    let mut chosen = named;
    for place in 0..chosen.len() {
        if chosen[place].is_some() {
            continue;
        }
        let used = |port: u16| chosen.contains(&Some(port));
        let kept = remembered.map(|ports| ports.list()[place]).filter(|&port| !used(port));
        let first = PREFERRED.list()[place];
        let port =
            kept.or_else(|| (first..first.saturating_add(TRIES)).find(|&port| !used(port) && is_free(port)));
        let port = port.with_context(|| {
            format!("no port from {first} on is free; choose one with {}", VARIABLES[place])
        })?;
        chosen[place] = Some(port);
    }
    Ok(chosen.map(|port| port.expect("each place was filled. This is a bug.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_chosen_twice_is_an_error_with_both_variables() {
        let error = settle([Some(8080), None, Some(8080)], None, |_| true).expect_err("one port, two uses");
        assert_eq!(error.to_string(), "PORT and SANSFOND_BATCH_PORT are both 8080; choose two ports");
    }

    #[test]
    fn a_first_start_takes_the_usual_ports_or_the_next_free_ones() {
        assert_eq!(settle([None; 3], None, |_| true).expect("ports"), [8080, 4566, 4567]);
        let taken = [8080, 4566, 4567];
        let second = settle([None; 3], None, |port| !taken.contains(&port)).expect("ports");
        assert_eq!(second, [8081, 4568, 4569], "another checkout runs");
        assert!(settle([None; 3], None, |_| false).is_err());
    }

    #[test]
    fn a_later_start_keeps_its_ports_unless_others_are_named() {
        let last = Some(Ports { door: 8081, cloud: 4568, batch: 4569 });
        assert_eq!(settle([None; 3], last, |_| true).expect("ports"), [8081, 4568, 4569]);
        assert_eq!(settle([Some(9000), None, None], last, |_| true).expect("ports"), [9000, 4568, 4569]);
        let crossed = settle([None, Some(4569), None], last, |_| true).expect("ports");
        assert_eq!(crossed, [8081, 4569, 4567], "a named port is not given to another use");
    }

    #[test]
    fn stored_ports_are_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(Ports::remembered(folder.path()), None);
        let ports = Ports { door: 1, cloud: 2, batch: 3 };
        ports.remember(folder.path()).expect("written");
        assert_eq!(Ports::remembered(folder.path()), Some(ports));
    }
}
