//! The messages of our queues.
//!
//! EventBridge sends S3's “Object Created” and Batch's “Batch Job State Change”; [`crate::Queue`] sends jobs that a
//! worker must start or stop. All have EventBridge's envelope, so `detail-type` identifies the kind of a message. A
//! message of another kind is an error: it is delivered again until it becomes a dead letter. Handling the other
//! messages is not decided here.

use sansfond_domain::rules::StartReason;
use sansfond_domain::storage_key::{SourceKey, VideoKey};
use sansfond_domain::{AccountId, Job, JobId};
use serde::{Deserialize, Serialize};

/// A picture for a worker to process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageTask {
    /// The account.
    pub account: AccountId,
    /// The job.
    pub job: JobId,
    /// The reason of the start.
    pub start_reason: StartReason,
    /// The number of the owner's retry; 0 is the first try, which an upload starts.
    pub retry: u32,
}

/// An uploaded video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoUpload {
    /// The storage key, which contains account and job.
    pub key: VideoKey,
    /// S3's entity tag.
    pub version: String,
}

/// A video for the machines to start or stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoTask {
    /// The account.
    pub account: AccountId,
    /// The job.
    pub job: JobId,
    /// The number of the owner's retry.
    pub retry: u32,
    /// Whether to stop the work.
    pub stop: bool,
}

/// A Batch job has ended, and Batch will not retry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchJobEnded {
    /// The account.
    pub account: AccountId,
    /// The job.
    pub job: JobId,
    /// The number of the owner's retry.
    pub retry: u32,
    /// The state that Batch reports.
    pub end: End,
}

/// The final state of a Batch job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum End {
    /// The worker exited successfully.
    #[serde(rename = "SUCCEEDED")]
    Succeeded,
    /// The worker died, could not start or was stopped.
    #[serde(rename = "FAILED")]
    Failed,
}

/// The subject of a dead letter of any queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The account.
    pub account: AccountId,
    /// The job.
    pub job: JobId,
    /// The number of the owner's retry.
    pub retry: u32,
}

/// The reason why a message cannot be handled.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The format is unknown. Another version of this program may have sent the message.
    #[error("the message has an unknown format")]
    Unknown(#[source] serde_json::Error),
    /// The message belongs to another queue.
    #[error("a message “{kind}” is not for this queue")]
    WrongQueue {
        /// The `detail-type`.
        kind: &'static str,
    },
    /// The event is about a file that is not a source of this queue.
    #[error("the file is not a source of this queue")]
    OtherFile,
    /// The Batch job does not have our environment variables.
    #[error("the Batch job is not one of ours")]
    OtherBatchJob,
}

/// The parts of EventBridge's envelope that are needed here.
#[derive(Serialize, Deserialize)]
#[serde(tag = "detail-type", content = "detail")]
pub(crate) enum QueueMessage {
    #[serde(rename = "Object Created", skip_serializing)]
    ObjectCreated(ObjectCreated),
    #[serde(rename = "Batch Job State Change", skip_serializing)]
    BatchJobStateChange(BatchJobState),
    #[serde(rename = "Job Queued")]
    JobQueued(JobMessage),
    #[serde(rename = "Job Stopped")]
    JobStopped(JobMessage),
}

/// A job to start or stop.
#[derive(Serialize, Deserialize)]
pub(crate) struct JobMessage {
    account: AccountId,
    job: JobId,
    /// The number of the owner's retry.
    retry: u32,
}

#[derive(Deserialize)]
pub(crate) struct ObjectCreated {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    key: String,
    etag: String,
}

#[derive(Deserialize)]
pub(crate) struct BatchJobState {
    status: End,
    container: Container,
}

#[derive(Deserialize)]
struct Container {
    environment: Vec<Variable>,
}

#[derive(Deserialize)]
struct Variable {
    name: String,
    value: String,
}

impl JobMessage {
    pub(crate) fn of(job: &Job) -> Self {
        Self { account: job.account.clone(), job: job.id.clone(), retry: job.retries }
    }
}

impl Object {
    fn version(&self) -> String {
        self.etag.trim_matches('"').to_owned()
    }
}

impl BatchJobState {
    fn variable(&self, name: &str) -> Option<&str> {
        let found = self.container.environment.iter().find(|variable| variable.name == name);
        found.map(|variable| variable.value.as_str())
    }

    fn ended(&self) -> Option<BatchJobEnded> {
        Some(BatchJobEnded {
            account: self.variable("SANSFOND_ACCOUNT")?.parse().ok()?,
            job: self.variable("SANSFOND_JOB")?.parse().ok()?,
            retry: self.variable("SANSFOND_RETRY")?.parse().ok()?,
            end: self.status,
        })
    }
}

impl QueueMessage {
    fn read(body: &str) -> Result<Self, MessageError> {
        serde_json::from_str(body).map_err(MessageError::Unknown)
    }

    fn wrong_queue(&self) -> MessageError {
        let kind = match self {
            Self::ObjectCreated(_) => "Object Created",
            Self::BatchJobStateChange(_) => "Batch Job State Change",
            Self::JobQueued(_) => "Job Queued",
            Self::JobStopped(_) => "Job Stopped",
        };
        MessageError::WrongQueue { kind }
    }
}

/// Reads a message of the image queue.
///
/// # Errors
/// [`MessageError`].
pub fn image_task(body: &str) -> Result<ImageTask, MessageError> {
    match QueueMessage::read(body)? {
        QueueMessage::ObjectCreated(ObjectCreated { object }) => {
            let SourceKey { account, job } = object.key.parse().map_err(|_| MessageError::OtherFile)?;
            let start_reason = StartReason::Upload { version: object.version() };
            Ok(ImageTask { account, job, start_reason, retry: 0 })
        }
        QueueMessage::JobQueued(JobMessage { account, job, retry }) => {
            Ok(ImageTask { account, job, start_reason: StartReason::Again, retry })
        }
        other @ (QueueMessage::JobStopped(_) | QueueMessage::BatchJobStateChange(_)) => {
            Err(other.wrong_queue())
        }
    }
}

/// Reads a message of the queue of uploaded videos.
///
/// # Errors
/// [`MessageError`].
pub fn video_upload(body: &str) -> Result<VideoUpload, MessageError> {
    match QueueMessage::read(body)? {
        QueueMessage::ObjectCreated(ObjectCreated { object }) => {
            let key = object.key.parse().map_err(|_| MessageError::OtherFile)?;
            Ok(VideoUpload { key, version: object.version() })
        }
        other @ (QueueMessage::JobQueued(_)
        | QueueMessage::JobStopped(_)
        | QueueMessage::BatchJobStateChange(_)) => Err(other.wrong_queue()),
    }
}

/// Reads a message of the queue of videos that wait for a machine.
///
/// # Errors
/// [`MessageError`].
pub fn video_task(body: &str) -> Result<VideoTask, MessageError> {
    let (JobMessage { account, job, retry }, stop) = match QueueMessage::read(body)? {
        QueueMessage::JobQueued(message) => (message, false),
        QueueMessage::JobStopped(message) => (message, true),
        other @ (QueueMessage::ObjectCreated(_) | QueueMessage::BatchJobStateChange(_)) => {
            return Err(other.wrong_queue());
        }
    };
    Ok(VideoTask { account, job, retry, stop })
}

/// Reads Batch's event about the end of a job.
///
/// # Errors
/// [`MessageError`].
pub fn batch_job_ended(body: &str) -> Result<BatchJobEnded, MessageError> {
    match QueueMessage::read(body)? {
        QueueMessage::BatchJobStateChange(state) => state.ended().ok_or(MessageError::OtherBatchJob),
        other @ (QueueMessage::ObjectCreated(_)
        | QueueMessage::JobQueued(_)
        | QueueMessage::JobStopped(_)) => Err(other.wrong_queue()),
    }
}

/// Reads a dead letter of any queue.
///
/// # Errors
/// [`MessageError`].
pub fn dead_letter(body: &str) -> Result<DeadLetter, MessageError> {
    match QueueMessage::read(body)? {
        QueueMessage::ObjectCreated(ObjectCreated { object }) => {
            let picture = object.key.parse().map(|SourceKey { account, job }| (account, job));
            let video = || object.key.parse().map(|VideoKey { account, job }| (account, job));
            let (account, job) = picture.or_else(|_| video()).map_err(|_| MessageError::OtherFile)?;
            Ok(DeadLetter { account, job, retry: 0 })
        }
        QueueMessage::JobQueued(JobMessage { account, job, retry })
        | QueueMessage::JobStopped(JobMessage { account, job, retry }) => {
            Ok(DeadLetter { account, job, retry })
        }
        QueueMessage::BatchJobStateChange(state) => {
            let BatchJobEnded { account, job, retry, .. } =
                state.ended().ok_or(MessageError::OtherBatchJob)?;
            Ok(DeadLetter { account, job, retry })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = "0190a0b0c0d0e0f00112233445566778";

    fn created(folder: &str) -> String {
        format!(
            r#"{{"source":"aws.s3","detail-type":"Object Created","detail":{{"object":{{"key":"{folder}/a-1/{JOB}/source","size":5,"etag":"abc","sequencer":"1"}}}}}}"#
        )
    }

    fn job_message(kind: &str) -> String {
        format!(r#"{{"detail-type":"{kind}","detail":{{"account":"a-1","job":"{JOB}","retry":2}}}}"#)
    }

    fn changed(status: &str) -> String {
        format!(
            r#"{{"source":"aws.batch","detail-type":"Batch Job State Change","detail":{{"jobName":"sansfond-{JOB}-2","status":"{status}","container":{{"environment":[{{"name":"SANSFOND_ACCOUNT","value":"a-1"}},{{"name":"SANSFOND_JOB","value":"{JOB}"}},{{"name":"SANSFOND_RETRY","value":"2"}}]}}}}}}"#
        )
    }

    /// The text in the log about a message.
    fn error_text<T: std::fmt::Debug>(read: Result<T, MessageError>) -> String {
        let error = read.expect_err("it cannot be handled");
        std::error::Error::source(&error).map_or(error.to_string(), |cause| format!("{error}: {cause}"))
    }

    #[test]
    fn a_picture_starts_by_its_upload_or_from_the_queue() {
        let uploaded = image_task(&created("uploads")).expect("understood");
        assert_eq!(uploaded.start_reason, StartReason::Upload { version: "abc".to_owned() });
        let again = image_task(&job_message("Job Queued")).expect("understood");
        assert_eq!((again.job, again.start_reason, again.retry), (uploaded.job, StartReason::Again, 2));
    }

    #[test]
    fn an_unknown_or_misplaced_message_is_an_error_with_its_kind() {
        assert!(error_text(image_task("I am a text")).starts_with("the message has an unknown format: "));
        assert!(
            error_text(image_task("{}")).contains("missing field `detail-type`"),
            "{}",
            error_text(image_task("{}"))
        );
        let other = error_text(image_task(&job_message("Job Forgotten")));
        assert!(
            other.contains("unknown variant `Job Forgotten`, expected one of `Object Created`"),
            "{other}"
        );
        // The right kind, with invalid content.
        let hollow = r#"{"detail-type":"Job Queued","detail":{"account":"../x","job":"y","retry":0}}"#;
        assert!(matches!(image_task(hollow), Err(MessageError::Unknown(_))));
        // The format before messages had kinds.
        let bare = format!(r#"{{"account":"a-1","job":"{JOB}","retry":2}}"#);
        assert!(matches!(image_task(&bare), Err(MessageError::Unknown(_))));

        let stop = error_text(image_task(&job_message("Job Stopped")));
        assert_eq!(stop, "a message “Job Stopped” is not for this queue");
        assert!(matches!(image_task(&changed("FAILED")), Err(MessageError::WrongQueue { .. })));
        assert!(matches!(video_task(&created("videos")), Err(MessageError::WrongQueue { .. })));
        for other in [job_message("Job Queued"), changed("FAILED")] {
            assert!(matches!(video_upload(&other), Err(MessageError::WrongQueue { .. })), "{other}");
        }
        for other in [job_message("Job Stopped"), created("videos")] {
            assert!(matches!(batch_job_ended(&other), Err(MessageError::WrongQueue { .. })), "{other}");
        }
    }

    #[test]
    fn events_about_pictures_and_videos_are_not_confused() {
        let upload = video_upload(&created("videos")).expect("understood");
        assert_eq!(
            (upload.key.to_string(), upload.version.as_str()),
            (format!("videos/a-1/{JOB}/source"), "abc")
        );
        assert!(matches!(video_upload(&created("uploads")), Err(MessageError::OtherFile)));
        let other_file = created("uploads").replace("/source", "/other");
        for other in [created("videos"), other_file] {
            assert!(matches!(image_task(&other), Err(MessageError::OtherFile)), "{other}");
        }
    }

    #[test]
    fn recorded_events_of_aws_are_read() {
        let body = |event: &str| {
            let event: serde_json::Value = serde_json::from_str(event).expect("JSON");
            event["Records"][0]["body"].as_str().expect("a body").to_owned()
        };
        let arrived = body(include_str!("../../../fixtures/events/video-arrived.json"));
        let upload = video_upload(&arrived).expect("understood");
        assert_eq!(upload.version, "d41d8cd98f00b204e9800998ecf8427e-3", "of a multipart upload");
        let failed = batch_job_ended(&body(include_str!("../../../fixtures/events/video-failed.json")));
        let VideoKey { account, job } = upload.key;
        let expected = BatchJobEnded { account, job, retry: 2, end: End::Failed };
        assert_eq!(failed.expect("understood"), expected);
    }

    #[test]
    fn a_video_task_starts_or_stops_the_work() {
        let start = video_task(&job_message("Job Queued")).expect("understood");
        assert_eq!((start.job.to_string().as_str(), start.retry, start.stop), (JOB, 2, false));
        let stop = video_task(&job_message("Job Stopped")).expect("understood");
        assert_eq!(stop, VideoTask { stop: true, ..start });
    }

    #[test]
    fn only_final_states_of_a_batch_job_are_read() {
        let failed = batch_job_ended(&changed("FAILED")).expect("understood");
        assert_eq!((failed.account.to_string().as_str(), failed.retry, failed.end), ("a-1", 2, End::Failed));
        let succeeded = batch_job_ended(&changed("SUCCEEDED")).expect("understood");
        assert_eq!(succeeded.end, End::Succeeded);
        for status in ["RUNNING", "RUNNABLE", "SUBMITTED"] {
            assert!(matches!(batch_job_ended(&changed(status)), Err(MessageError::Unknown(_))), "{status}");
        }
        let foreign = changed("FAILED").replace("SANSFOND_JOB", "JOB");
        assert!(matches!(batch_job_ended(&foreign), Err(MessageError::OtherBatchJob)));
    }

    #[test]
    fn a_dead_letter_of_any_queue_names_its_job() {
        let job: JobId = JOB.parse().expect("a name");
        for (body, retry) in [
            (created("uploads"), 0),
            (created("videos"), 0),
            (job_message("Job Queued"), 2),
            (job_message("Job Stopped"), 2),
            (changed("FAILED"), 2),
        ] {
            let dead_letter = dead_letter(&body).expect("understood");
            assert_eq!((&dead_letter.job, dead_letter.retry), (&job, retry), "{body}");
        }
        assert!(matches!(dead_letter(&created("exports")), Err(MessageError::OtherFile)));
    }
}
