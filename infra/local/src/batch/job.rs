//! A job: its request, its state, and whether another attempt follows one that ended.
//!
//! Deliberately absent: processes and files.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The number in the job definition of `gpu.yaml`.
pub(super) const ATTEMPTS: usize = 3;
/// The exit code of a worker that was stopped and handed its job over.
pub(super) const HANDED_OVER: i32 = 75;
/// The exit code of a worker after an internal error.
const OUR_FAULT: i32 = 1;
/// AWS's reason for a container that did not start in time, or not at all.
const NOT_STARTED: &str = "Task failed to start";
/// AWS's reason for a container whose machine is gone.
const LOST: &str = "Host EC2";
const REGION: &str = "us-east-1";
const ACCOUNT: &str = "000000000000";

/// The status of a job. PENDING is for jobs that depend on others; there are none here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Status {
    Submitted,
    Runnable,
    Starting,
    Running,
    Succeeded,
    Failed,
}

impl Status {
    /// Whether this is a final status.
    pub(super) fn is_end(self) -> bool {
        match self {
            Self::Submitted | Self::Runnable | Self::Starting | Self::Running => false,
            Self::Succeeded | Self::Failed => true,
        }
    }
}

/// An environment variable of the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Variable {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

/// An attempt that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BatchAttempt {
    pub(super) started_at: i64,
    pub(super) stopped_at: i64,
    /// `None` if a signal ended it.
    pub(super) exit_code: Option<i32>,
    pub(super) reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// With this exit code.
    Exit(i32),
    /// By a signal that we did not send: on AWS its machine would be gone.
    Signal(i32),
    /// The process could not be started.
    NotStarted(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BatchJob {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) queue: String,
    pub(super) definition: String,
    pub(super) environment: Vec<Variable>,
    pub(super) status: Status,
    pub(super) status_reason: Option<String>,
    pub(super) created_at: i64,
    pub(super) started_at: Option<i64>,
    pub(super) stopped_at: Option<i64>,
    pub(super) attempts: Vec<BatchAttempt>,
    /// The reason of a request for its end, from the time of the request.
    pub(super) unwanted: Option<String>,
}

impl BatchJob {
    pub(super) fn arn(&self) -> String {
        format!("arn:aws:batch:{REGION}:{ACCOUNT}:job/{}", self.id)
    }

    /// The number of the current or next attempt, from 1.
    pub(super) fn attempt(&self) -> usize {
        self.attempts.len() + 1
    }

    /// A process is about to start.
    pub(super) fn start(&mut self) {
        self.status = Status::Starting;
        self.status_reason = None;
    }

    pub(super) fn run(&mut self, now_ms: i64) {
        self.status = Status::Running;
        self.started_at = Some(now_ms);
    }

    /// The process has ended. The meaning depends on whether we wanted the end.
    pub(super) fn end(&mut self, end: &End, now_ms: i64) {
        let (exit_code, reason) = match end {
            End::Exit(code) => (Some(*code), "Essential container in task exited".to_owned()),
            End::Signal(signal) => (None, format!("{LOST} (this machine) terminated: signal {signal}")),
            End::NotStarted(error) => (None, format!("{NOT_STARTED}: {error}")),
        };
        self.attempts.push(BatchAttempt {
            started_at: self.started_at.unwrap_or(now_ms),
            stopped_at: now_ms,
            exit_code,
            reason: reason.clone(),
        });
        self.status = match (end, &self.unwanted) {
            (End::Exit(0), _) => Status::Succeeded,
            (_, Some(_)) => Status::Failed,
            (End::Exit(HANDED_OVER | OUR_FAULT) | End::Signal(_) | End::NotStarted(_), None)
                if self.attempts.len() < ATTEMPTS =>
            {
                Status::Runnable
            }
            (End::Exit(_) | End::Signal(_) | End::NotStarted(_), None) => Status::Failed,
        };
        let unwanted = self.unwanted.clone().filter(|_| self.status == Status::Failed);
        self.status_reason = Some(unwanted.unwrap_or(reason));
        if self.status.is_end() {
            self.stopped_at = Some(now_ms);
        } else {
            self.started_at = None;
        }
    }

    /// Ends the job: at once if nothing runs, else the runner ends the process.
    pub(super) fn terminate(&mut self, reason: &str, now_ms: i64) {
        if self.status.is_end() {
            return;
        }
        self.unwanted = Some(reason.to_owned());
        if !self.has_process() {
            self.status = Status::Failed;
            self.status_reason = Some(reason.to_owned());
            self.stopped_at = Some(now_ms);
        }
    }

    /// The local cloud itself stops or was killed. That does not count as an attempt, since AWS has no such
    /// case.
    pub(super) fn interrupt(&mut self, now_ms: i64) {
        if !self.has_process() {
            return;
        }
        self.status = Status::Runnable;
        self.started_at = None;
        if let Some(reason) = self.unwanted.clone() {
            self.terminate(&reason, now_ms);
        }
    }

    fn has_process(&self) -> bool {
        matches!(self.status, Status::Starting | Status::Running)
    }

    /// The job in the answer of DescribeJobs, and in an event.
    pub(super) fn detail(&self) -> Value {
        let attempts: Vec<_> = self
            .attempts
            .iter()
            .map(|attempt| {
                let container = json!({"exitCode": attempt.exit_code, "reason": attempt.reason});
                json!({
                    "container": without_nulls(container), "startedAt": attempt.started_at,
                    "stoppedAt": attempt.stopped_at, "statusReason": attempt.reason,
                })
            })
            .collect();
        let container = json!({
            "environment": self.environment,
            "exitCode": self.attempts.last().and_then(|attempt| attempt.exit_code),
        });
        without_nulls(json!({
            "jobArn": self.arn(), "jobName": self.name, "jobId": self.id, "jobQueue": self.queue,
            "jobDefinition": self.definition, "status": self.status, "statusReason": self.status_reason,
            "createdAt": self.created_at, "startedAt": self.started_at, "stoppedAt": self.stopped_at,
            "attempts": attempts, "container": without_nulls(container),
            "retryStrategy": {"attempts": ATTEMPTS}, "isCancelled": false,
            "isTerminated": self.unwanted.is_some(),
        }))
    }

    /// The job in the answer of ListJobs.
    pub(super) fn summary(&self) -> Value {
        let mut detail = self.detail();
        if let Some(fields) = detail.as_object_mut() {
            for field in ["jobQueue", "attempts", "retryStrategy", "isCancelled", "isTerminated"] {
                fields.remove(field);
            }
            let code = self.attempts.last().and_then(|attempt| attempt.exit_code);
            fields.insert("container".to_owned(), without_nulls(json!({"exitCode": code})));
        }
        detail
    }
}

/// AWS leaves out absent values.
fn without_nulls(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
    }
    value
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::batch) fn job(id: &str) -> BatchJob {
        BatchJob {
            id: id.to_owned(),
            name: format!("sansfond-{id}-0"),
            queue: "queue".to_owned(),
            definition: "definition".to_owned(),
            environment: vec![Variable { name: "SANSFOND_JOB".to_owned(), value: id.to_owned() }],
            status: Status::Runnable,
            status_reason: None,
            created_at: 1,
            started_at: None,
            stopped_at: None,
            attempts: Vec::new(),
            unwanted: None,
        }
    }

    fn running() -> BatchJob {
        let mut job = job("a");
        job.start();
        job.run(2);
        job
    }

    #[test]
    fn only_transient_failures_are_retried() {
        for (end, status) in [
            (End::Exit(0), Status::Succeeded),
            (End::Exit(101), Status::Failed),
            (End::Exit(137), Status::Failed),
            (End::Exit(OUR_FAULT), Status::Runnable),
            (End::NotStarted("gone".to_owned()), Status::Runnable),
            (End::Exit(HANDED_OVER), Status::Runnable),
            (End::Signal(9), Status::Runnable),
        ] {
            let mut job = running();
            job.end(&end, 3);
            assert_eq!(job.status, status, "{end:?}");
            assert_eq!(job.stopped_at.is_some(), status.is_end(), "{end:?}");
        }
    }

    #[test]
    fn the_third_lost_machine_fails_the_job() {
        let mut job = running();
        for _ in 1..ATTEMPTS {
            job.end(&End::Signal(9), 3);
            assert_eq!(job.status, Status::Runnable);
            job.start();
            job.run(4);
        }
        job.end(&End::Exit(HANDED_OVER), 5);
        assert_eq!((job.status, job.attempts.len()), (Status::Failed, ATTEMPTS));
        assert_eq!(job.detail()["container"]["exitCode"], HANDED_OVER);
    }

    #[test]
    fn a_stop_of_the_cloud_does_not_count_as_an_attempt() {
        let mut job = running();
        job.interrupt(3);
        assert_eq!((job.status, job.attempt(), job.started_at), (Status::Runnable, 1, None));
    }

    #[test]
    fn a_waiting_job_ends_at_once_and_a_running_one_with_its_process() {
        let mut waiting = job("a");
        waiting.terminate("cancelled", 3);
        assert_eq!((waiting.status, waiting.status_reason.as_deref()), (Status::Failed, Some("cancelled")));

        let mut job = running();
        job.terminate("cancelled", 3);
        assert_eq!(job.status, Status::Running);
        job.end(&End::Exit(HANDED_OVER), 4);
        assert_eq!((job.status, job.status_reason.as_deref()), (Status::Failed, Some("cancelled")));

        let mut finished = running();
        finished.end(&End::Exit(0), 3);
        finished.terminate("too late", 4);
        assert_eq!(finished.status, Status::Succeeded);
        assert_eq!(finished.unwanted, None);
    }

    #[test]
    fn a_terminated_job_does_not_start_again_after_a_restart() {
        let mut job = running();
        job.terminate("cancelled", 3);
        job.interrupt(4);
        assert_eq!(job.status, Status::Failed);
    }

    #[test]
    fn the_retry_strategy_is_that_of_the_template() {
        let template = include_str!("../../../gpu.yaml");
        assert!(template.contains(&format!("Attempts: {ATTEMPTS}")));
        for code in [HANDED_OVER, OUR_FAULT] {
            assert!(template.contains(&format!("OnExitCode: \"{code}\", Action: RETRY")));
        }
        for reason in [LOST, NOT_STARTED] {
            assert!(template.contains(&format!("OnStatusReason: \"{reason}*\", Action: RETRY")));
        }
        assert_eq!(template.matches("Action: RETRY").count(), 4, "there are no other rules");
        assert!(template.contains("OnReason: \"*\", Action: EXIT"));
    }
}
