//! Runs the program as a user does, and checks the structure of the workspace.
//!
//! `make test` installs ONNX Runtime and the default model before it runs this.

mod bad_input;
mod commands;
mod fetching;
mod layering;
mod video;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sansfond_telemetry::settings;

/// The root of the checkout.
fn checkout() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout")
}

/// A file of `fixtures/`.
fn fixture(name: &str) -> PathBuf {
    checkout().join("fixtures").join(name)
}

/// Runs the program in an empty folder, with the machine's model and runtime.
struct Shell {
    folder: tempfile::TempDir,
}

/// The folder in which `make test` installs runtimes and models.
fn home() -> PathBuf {
    settings::optional("SANSFOND_HOME").expect("a path").unwrap_or_else(|| checkout().join(".sansfond"))
}

impl Shell {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, content).expect("written");
        path
    }

    fn copy(&self, from: &str, name: &str) {
        self.write(name, std::fs::read(fixture(from)).expect("a fixture"));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sansfond"));
        command.args(arguments).current_dir(self.folder.path()).env("SANSFOND_HOME", home());
        command.env_remove("ORT_DYLIB_PATH").env("SANSFOND_PROVIDER", "cpu");
        command
    }

    fn run(&self, arguments: &[&str]) -> RunResult {
        RunResult::from(self.command(arguments).output().expect("starts"))
    }

    /// Every file below the folder, sorted.
    fn files(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect(self.folder.path(), self.folder.path(), &mut names);
        names.sort();
        names
    }
}

fn collect(root: &Path, folder: &Path, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            collect(root, &path, names);
        } else {
            names.push(path.strip_prefix(root).expect("below").display().to_string());
        }
    }
}

/// The output and the exit code of a run.
#[derive(Debug)]
struct RunResult {
    code: Option<i32>,
    out: Vec<u8>,
    err: String,
}

impl From<Output> for RunResult {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: output.stdout,
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl RunResult {
    /// Asserts success.
    fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self
    }

    /// Asserts a failure with a message that contains all of these words.
    fn failed(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "“{word}” is not in:\n{}", self.err);
        }
        self
    }
}
