//! What the person at the terminal may choose, and where everything lies.
//!
//! What the emulator and the deployment are told is derived from it here, so that the two cannot disagree.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use axum::http::uri::Authority;
use sansfond_telemetry::settings::{optional, required};

use crate::ports::Ports;

/// Who sends the service's mails; the emulator counts the address as verified.
pub(crate) const SENDER_EMAIL: &str = "no-reply@localhost.test";
/// Who would read the feedback form's mails.
pub(crate) const OPERATOR_EMAIL: &str = "operator@localhost.test";
/// The account that is there from the start. No secret: everything is on this machine only.
pub(crate) const DEMO_EMAIL: &str = "demo@sansfond.test";
/// Its password, as long and as mixed as the policy asks.
pub(crate) const DEMO_PASSWORD: &str = "Demo-Account-1";

/// Nobody but this machine's own programs.
pub(crate) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The local cloud's settings.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Where models and runtimes are installed; the functions read them from here.
    pub(crate) home: PathBuf,
    /// `home/local`: everything that the local cloud writes.
    pub(crate) state: PathBuf,
    /// The folder with `infra/local/cloud.py`.
    pub(crate) checkout: PathBuf,
    /// The Python of the environment that holds the emulator.
    pub(crate) python: PathBuf,
    /// The template to deploy.
    pub(crate) template: PathBuf,
    /// The folder with the functions' binaries.
    pub(crate) binaries: PathBuf,
    /// The program that works on videos: the one beside the functions' binaries, or what starts the one of the image.
    pub(crate) worker: PathBuf,
    /// The folder with the packages that would go to AWS, if they shall run instead of the binaries.
    pub(crate) packages: Option<PathBuf>,
    /// Vite's development server, which gives the site instead of `frontend/dist`; see `make dev`.
    pub(crate) vite: Option<Authority>,
    /// Where front door, emulator and Batch listen.
    pub(crate) ports: Ports,
    /// The address that front door and emulator listen at: this machine's own, or in a container 0.0.0.0, whose ports have to
    /// be published at the machine's 127.0.0.1. The password of the demo account is no secret.
    pub(crate) listen: IpAddr,
    /// Which log lines functions and worker write; see [`sansfond_telemetry::log::init`].
    pub(crate) log_filter: String,
    /// Stack parameters that differ from those of [`Settings::parameters`]; for tests.
    pub(crate) overrides: BTreeMap<String, String>,
    /// Whether the end of standard input means “stop”; for tests, whose process may be killed.
    pub(crate) leash: bool,
    /// A file for every call of AWS that functions and worker make; for tests. See `recorder.py`.
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
            leash: optional("SANSFOND_LOCAL_LEASH")?.unwrap_or_default(),
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

    /// The one address under which a browser sees site and API: cookies belong to it.
    pub(crate) fn site_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.door)
    }

    /// The emulator's address. An IP address, so that SDKs write S3 addresses with the bucket in the path.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.cloud)
    }

    /// Where AWS Batch answers.
    pub(crate) fn batch_endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.batch)
    }

    /// What the template is deployed with where its own defaults are for AWS.
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
            // Two pictures at once are what a small machine computes as fast as one after the other.
            ("ImageConcurrency", "2".to_owned()),
            // The machines of `gpu.yaml` are played by `batch`; names it does not look at.
            ("BatchQueue", batch_arn("job-queue/local")),
            ("BatchJobDefinition", batch_arn("job-definition/local:1")),
            // What the worker is told; on AWS `gpu.yaml` does that.
            ("VideoModel", "isnet-general-use".to_owned()),
            ("VideoProvider", "auto".to_owned()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        if self.packages.is_some() {
            // As on AWS: runtime and model lie in the package, which holds no other provider.
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
        .context("infra/local/cloud.py is not to be found; start the local cloud inside the checkout")
}

fn absolute(path: PathBuf) -> anyhow::Result<PathBuf> {
    std::path::absolute(&path).with_context(|| path.display().to_string())
}

/// `Key=Value,Key=Value`. A value may hold “=”, not “,”.
fn overrides(text: &str) -> anyhow::Result<BTreeMap<String, String>> {
    text.split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.split_once('=') {
            Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
            None => bail!("SANSFOND_LOCAL_PARAMETERS holds “{pair}”, which is no Key=Value"),
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
            leash: false,
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
    fn packages_bring_runtime_and_model() {
        let settings = Settings { packages: Some("/c/target/lambda".into()), ..settings() };
        let parameters = settings.parameters();
        assert_eq!((&*parameters["ImageHome"], &*parameters["Provider"]), ("/var/task", "cpu"));
    }

    #[test]
    fn half_a_pair_is_an_error_that_shows_it() {
        let error = overrides("Provider").expect_err("no value").to_string();
        assert!(error.contains("“Provider”"), "{error}");
    }
}
