//! The emulator's own APIs, through `aws.py` and the SDK that deploys.

use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// A process that calls AWS. It ends with its standard input.
pub(super) struct Aws {
    child: Child,
    input: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Aws {
    /// A process for the emulator at an address, with the key in a file.
    pub(super) fn start(python: &Path, endpoint: &str, credentials: &Path) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/service/aws.py");
        let mut child = Command::new(python)
            .args([script, endpoint])
            .env_clear()
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", credentials)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("python");
        let input = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { child, input, answers }
    }

    /// Calls an API; an error fails the test.
    pub(super) fn call(&mut self, service: &str, call: &str, with: &Value) -> Value {
        self.ask(service, call, with).unwrap_or_else(|error| panic!("{service} {call}: {error}"))
    }

    /// Calls an API and returns its answer or its error.
    pub(super) fn ask(&mut self, service: &str, call: &str, with: &Value) -> Result<Value, String> {
        let request = json!({"service": service, "call": call, "with": with});
        writeln!(self.input.as_mut().expect("a pipe"), "{request}").expect("it listens");
        let line = self.answers.next().expect("an answer").expect("text");
        let mut answer: Value = serde_json::from_str(&line).expect("JSON");
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["answer"].take()),
        }
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
