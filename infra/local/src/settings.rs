//! The user's settings, and the paths that follow from them.
//!
//! The settings of the emulator and the deployment are derived here, so that the two always agree.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use axum::http::uri::Authority;
use sansfond_telemetry::settings::{optional, required};

use crate::ports::Ports;

/// The sender of the service's mails; the emulator counts the address as verified.
pub(crate) const SENDER_EMAIL: &str = "no-reply@localhost.test";
/// The receiver of the feedback form's mails.
pub(crate) const OPERATOR_EMAIL: &str = "operator@localhost.test";
/// The demo account. It is not secret: everything is on this machine only.
pub(crate) const DEMO_EMAIL: &str = "demo@sansfond.test";
/// Its password, which fulfills the policy.
pub(crate) const DEMO_PASSWORD: &str = "Demo-Account-1";

/// Only local programs.
pub(crate) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The folder of installed models and runtimes, which the functions read.
    pub(crate) home: PathBuf,
    /// `home/local`: all data of the local cloud.
    pub(crate) state: PathBuf,
    /// The folder with `infra/local/cloud.py`.
    pub(crate) checkout: PathBuf,
    /// The Python of the emulator's environment.
    pub(crate) python: PathBuf,
    pub(crate) template: PathBuf,
    pub(crate) binaries: PathBuf,
    /// The program for videos: the one beside the functions' binaries, or a script that starts the one in the
    /// image.
    pub(crate) worker: PathBuf,
    /// The folder with the packages for AWS, if they run instead of the binaries.
    pub(crate) packages: Option<PathBuf>,
    /// Vite's development server, which serves the site instead of `frontend/dist`; see `make dev`.
    pub(crate) vite: Option<Authority>,
    pub(crate) ports: Ports,
    /// The address at which front door and emulator listen: 127.0.0.1, or 0.0.0.0 in a container, whose ports
    /// must be published at the machine's 127.0.0.1. The password of the demo account is not secret.
    pub(crate) listen: IpAddr,
    /// The filter of the log lines of functions and worker; see [`sansfond_telemetry::log::init`].
    pub(crate) log_filter: String,
    /// Stack parameters that replace those of [`Settings::parameters`]; for tests.
    pub(crate) overrides: BTreeMap<String, String>,
    /// Whether the end of standard input means “stop”; for tests, whose process may be killed.
    pub(crate) stop_with_parent: bool,
    /// A file that records every call to AWS by functions and worker; for tests. See `recorder.py`.
    pub(crate) calls: Option<PathBuf>,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// One line that names the variable or the missing part.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let home: PathBuf =
            required("SANSFOND_HOME").context("start the local cloud with `make up`, which sets it")?;
        let home = std::path::absolute(&home).with_context(|| format!("SANSFOND_HOME {}", home.display()))?;
        let executable = std::env::current_exe().context("the program's own path")?;
        let checkout = checkout(&executable)?;
        let beside = || executable.parent().map(Path::to_owned).unwrap_or_default();
        let binaries = absolute(optional("SANSFOND_BIN")?.unwrap_or_else(beside))?;
        let settings = Self {
            worker: optional("SANSFOND_WORKER")?.unwrap_or_else(|| binaries.join("batch-worker")),
            state: home.join("local"),
            python: home.join("venv/cloud/bin/python"),
            template: optional("SANSFOND_TEMPLATE")?.unwrap_or_else(|| checkout.join("infra/template.yaml")),
            binaries,
            packages: optional::<bool>("SANSFOND_PACKAGED")?
                .unwrap_or_default()
                .then(|| checkout.join("target/lambda")),
            vite: optional("SANSFOND_VITE")?,
            ports: Ports::choose(&home.join("local"))?,
            listen: optional("SANSFOND_LISTEN")?.unwrap_or(LOOPBACK),
            log_filter: optional("SANSFOND_LOG")?.unwrap_or_else(|| "info".to_owned()),
            overrides: overrides(&optional::<String>("SANSFOND_LOCAL_PARAMETERS")?.unwrap_or_default())?,
            stop_with_parent: optional("SANSFOND_LOCAL_STOP_WITH_PARENT")?.unwrap_or_default(),
            calls: optional("SANSFOND_LOCAL_CALLS")?,
            home,
            checkout,
        };
        if !settings.python.exists() {
            bail!(
                "the emulator is not installed ({} is missing); run `make setup`",
                settings.python.display()
            );
        }
        Ok(settings)
    }

    /// The address of site and API in a browser, to which cookies belong.
    pub(crate) fn site_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.door)
    }

    /// The emulator's address. It is an IP address, so that SDKs write the bucket into the path of S3's
    /// addresses.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.cloud)
    }

    pub(crate) fn batch_endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.batch)
    }

    /// The parameters of the template whose defaults are for AWS.
    pub(crate) fn parameters(&self) -> BTreeMap<String, String> {
        let mut parameters: BTreeMap<String, String> = [
            ("Stage", "local".to_owned()),
            ("SiteOrigin", self.site_origin()),
            ("Architecture", if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }.to_owned()),
            ("JwksUrl", self.endpoint()),
            ("OperatorEmail", OPERATOR_EMAIL.to_owned()),
            ("LogFilter", self.log_filter.clone()),
            ("SenderEmail", SENDER_EMAIL.to_owned()),
            ("Provider", "auto".to_owned()),
            ("ImageHome", self.home.display().to_string()),
            ("ImagePrepared", self.state.join("prepared").display().to_string()),
            // A small machine computes two pictures in parallel as fast as one after the other.
            ("ImageConcurrency", "2".to_owned()),
            // `batch` replaces the machines of `gpu.yaml`; it ignores names.
            ("BatchQueue", batch_arn("job-queue/local")),
            ("BatchJobDefinition", batch_arn("job-definition/local:1")),
            // The settings of the worker; on AWS they are in `gpu.yaml`.
            ("VideoModel", "isnet-general-use".to_owned()),
            ("VideoProvider", "auto".to_owned()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        if self.packages.is_some() {
            // As on AWS: runtime and model are in the package, which has no other provider.
            parameters.extend([("ImageHome", "/var/task"), ("Provider", "cpu")].map(owned));
        }
        parameters.extend(self.overrides.clone());
        parameters
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn batch_arn(name: &str) -> String {
    format!("arn:aws:batch:us-east-1:000000000000:{name}")
}

/// The checkout that this program was built in, else the folder it was started in.
fn checkout(executable: &Path) -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().context("the current folder")?;
    executable
        .ancestors()
        .chain(here.ancestors())
        .find(|folder| folder.join("infra/local/cloud.py").is_file())
        .map(Path::to_owned)
        .context("infra/local/cloud.py was not found; start the local cloud inside the checkout")
}

fn absolute(path: PathBuf) -> anyhow::Result<PathBuf> {
    std::path::absolute(&path).with_context(|| path.display().to_string())
}

/// `Key=Value,Key=Value`. A value may contain “=”, but not “,”.
fn overrides(text: &str) -> anyhow::Result<BTreeMap<String, String>> {
    text.split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.split_once('=') {
            Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
            None => bail!("SANSFOND_LOCAL_PARAMETERS contains “{pair}”, which is not Key=Value"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            home: "/h".into(),
            state: "/h/local".into(),
            checkout: "/c".into(),
            python: "/p".into(),
            template: "/t".into(),
            binaries: "/b".into(),
            worker: "/b/batch-worker".into(),
            packages: None,
            vite: None,
            ports: Ports { door: 8080, cloud: 4566, batch: 4567 },
            listen: LOOPBACK,
            log_filter: "info".to_owned(),
            overrides: BTreeMap::new(),
            stop_with_parent: false,
            calls: None,
        }
    }

    #[test]
    fn parameters_are_overridden_by_name() {
        let overrides = overrides(" Provider=cpu, JwksUrl=http://x/?a=b ,").expect("pairs");
        assert_eq!(overrides["Provider"], "cpu");
        assert_eq!(overrides["JwksUrl"], "http://x/?a=b");
        let settings = Settings { overrides, ..settings() };
        let parameters = settings.parameters();
        assert_eq!(parameters["Provider"], "cpu");
        assert_eq!(parameters["SiteOrigin"], "http://127.0.0.1:8080");
        assert_eq!(parameters["ImageHome"], "/h");
    }

    #[test]
    fn packages_contain_runtime_and_model() {
        let settings = Settings { packages: Some("/c/target/lambda".into()), ..settings() };
        let parameters = settings.parameters();
        assert_eq!((&*parameters["ImageHome"], &*parameters["Provider"]), ("/var/task", "cpu"));
    }

    #[test]
    fn an_incomplete_override_is_an_error_that_shows_it() {
        let error = overrides("Provider").expect_err("no value").to_string();
        assert!(error.contains("“Provider”"), "{error}");
    }
}
