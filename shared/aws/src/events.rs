//! The messages of our queues.
//!
//! EventBridge sends S3's “Object Created” and Batch's “Batch Job State Change”; [`crate::Queue`] sends jobs that a
//! worker shall begin or leave. All have EventBridge's envelope, so `detail-type` says what a message is. A message
//! that does not belong into its queue is an error: it is received again until it becomes a dead letter. What is done
//! about the others is not decided here.

use sansfond_domain::rules::StartReason;
use sansfond_domain::storage_key::{SourceKey, VideoKey};
use sansfond_domain::{AccountId, Job, JobId};
use serde::{Deserialize, Serialize};

/// A picture that a worker shall begin, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageTask {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub job: JobId,
    /// Why.
    pub start_reason: StartReason,
    /// For which try of its owner; 0 is the first, which an upload begins.
    pub retry: u32,
}

/// A video that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoUpload {
    /// Whose, and for which job.
    pub key: VideoKey,
    /// Its entity tag.
    pub version: String,
}

/// A video that machines shall begin to work on, or leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoTask {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub job: JobId,
    /// For which try of its owner.
    pub retry: u32,
    /// Whether they shall leave it.
    pub stop: bool,
}

/// The work of machines on a video has ended for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchJobEnded {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub job: JobId,
    /// Which try of its owner.
    pub retry: u32,
    /// How, as the machines see it.
    pub end: End,
}

/// How the work of machines has ended, as they see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum End {
    /// The worker has said that it is done.
    #[serde(rename = "SUCCEEDED")]
    Succeeded,
    /// It died, could not start or was stopped.
    #[serde(rename = "FAILED")]
    Failed,
}

/// What a dead letter of any queue is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub job: JobId,
    /// Which try of its owner.
    pub retry: u32,
}

/// Why a message cannot be acted on.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Another version of this program may have sent it, or somebody else.
    #[error("the message is of no kind that is known here")]
    Unknown(#[source] serde_json::Error),
    /// A kind that is for another queue.
    #[error("a message “{kind}” is not for this queue")]
    WrongQueue {
        /// Its `detail-type`.
        kind: &'static str,
    },
    /// A file of the bucket that is not the kind of source that this queue is for.
    #[error("the file is not a source of this queue")]
    OtherFile,
    /// A Batch job without our variables.
    #[error("the Batch job is not one of ours")]
    OtherBatchJob,
}

/// As EventBridge writes events; what else is in the envelope does not matter.
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

/// A job that a worker shall begin, or leave.
#[derive(Serialize, Deserialize)]
pub(crate) struct JobMessage {
    account: AccountId,
    job: JobId,
    /// Which try of its owner.
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

    fn is_for_another_queue(&self) -> MessageError {
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
/// [`MessageError`]; so for all of these.
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
            Err(other.is_for_another_queue())
        }
    }
}

/// Reads a message of the queue of videos that have come.
///
/// # Errors
/// See [`image_task`].
pub fn video_upload(body: &str) -> Result<VideoUpload, MessageError> {
    match QueueMessage::read(body)? {
        QueueMessage::ObjectCreated(ObjectCreated { object }) => {
            let key = object.key.parse().map_err(|_| MessageError::OtherFile)?;
            Ok(VideoUpload { key, version: object.version() })
        }
        other @ (QueueMessage::JobQueued(_)
        | QueueMessage::JobStopped(_)
        | QueueMessage::BatchJobStateChange(_)) => Err(other.is_for_another_queue()),
    }
}

/// Reads a message of the queue of videos that wait for machines.
///
/// # Errors
/// See [`image_task`].
pub fn video_task(body: &str) -> Result<VideoTask, MessageError> {
    let (JobMessage { account, job, retry }, stop) = match QueueMessage::read(body)? {
        QueueMessage::JobQueued(message) => (message, false),
        QueueMessage::JobStopped(message) => (message, true),
        other @ (QueueMessage::ObjectCreated(_) | QueueMessage::BatchJobStateChange(_)) => {
            return Err(other.is_for_another_queue());
        }
    };
    Ok(VideoTask { account, job, retry, stop })
}

/// Reads what Batch says of a job's end.
///
/// # Errors
/// See [`image_task`].
pub fn batch_job_ended(body: &str) -> Result<BatchJobEnded, MessageError> {
    match QueueMessage::read(body)? {
        QueueMessage::BatchJobStateChange(state) => state.ended().ok_or(MessageError::OtherBatchJob),
        other @ (QueueMessage::ObjectCreated(_)
        | QueueMessage::JobQueued(_)
        | QueueMessage::JobStopped(_)) => Err(other.is_for_another_queue()),
    }
}

/// Reads a dead letter, from whatever queue it comes.
///
/// # Errors
/// See [`image_task`].
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

    fn of_ours(kind: &str) -> String {
        format!(r#"{{"detail-type":"{kind}","detail":{{"account":"a-1","job":"{JOB}","retry":2}}}}"#)
    }

    fn changed(status: &str) -> String {
        format!(
            r#"{{"source":"aws.batch","detail-type":"Batch Job State Change","detail":{{"jobName":"sansfond-{JOB}-2","status":"{status}","container":{{"environment":[{{"name":"SANSFOND_ACCOUNT","value":"a-1"}},{{"name":"SANSFOND_JOB","value":"{JOB}"}},{{"name":"SANSFOND_RETRY","value":"2"}}]}}}}}}"#
        )
    }

    /// What stands in the log about a message.
    fn said<T: std::fmt::Debug>(read: Result<T, MessageError>) -> String {
        let error = read.expect_err("it cannot be acted on");
        std::error::Error::source(&error).map_or(error.to_string(), |cause| format!("{error}: {cause}"))
    }

    #[test]
    fn a_picture_begins_by_its_upload_or_again() {
        let uploaded = image_task(&created("uploads")).expect("understood");
        assert_eq!(uploaded.start_reason, StartReason::Upload { version: "abc".to_owned() });
        let again = image_task(&of_ours("Job Queued")).expect("understood");
        assert_eq!((again.job, again.start_reason, again.retry), (uploaded.job, StartReason::Again, 2));
    }

    #[test]
    fn a_message_of_no_kind_or_of_another_queue_is_an_error_that_says_so() {
        assert!(
            said(image_task("I am a text")).starts_with("the message is of no kind that is known here: ")
        );
        assert!(said(image_task("{}")).contains("missing field `detail-type`"), "{}", said(image_task("{}")));
        let other = said(image_task(&of_ours("Job Forgotten")));
        assert!(
            other.contains("unknown variant `Job Forgotten`, expected one of `Object Created`"),
            "{other}"
        );
        // The right kind, and nothing of what belongs into it.
        let hollow = r#"{"detail-type":"Job Queued","detail":{"account":"../x","job":"y","retry":0}}"#;
        assert!(matches!(image_task(hollow), Err(MessageError::Unknown(_))));
        // As they were before messages had kinds.
        let bare = format!(r#"{{"account":"a-1","job":"{JOB}","retry":2}}"#);
        assert!(matches!(image_task(&bare), Err(MessageError::Unknown(_))));

        let stop = said(image_task(&of_ours("Job Stopped")));
        assert_eq!(stop, "a message “Job Stopped” is not for this queue");
        assert!(matches!(image_task(&changed("FAILED")), Err(MessageError::WrongQueue { .. })));
        assert!(matches!(video_task(&created("videos")), Err(MessageError::WrongQueue { .. })));
        for other in [of_ours("Job Queued"), changed("FAILED")] {
            assert!(matches!(video_upload(&other), Err(MessageError::WrongQueue { .. })), "{other}");
        }
        for other in [of_ours("Job Stopped"), created("videos")] {
            assert!(matches!(batch_job_ended(&other), Err(MessageError::WrongQueue { .. })), "{other}");
        }
    }

    #[test]
    fn a_picture_and_a_video_are_not_taken_for_each_other() {
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
    fn events_as_they_come_from_aws_are_understood() {
        let body = |event: &str| {
            let event: serde_json::Value = serde_json::from_str(event).expect("JSON");
            event["Records"][0]["body"].as_str().expect("a body").to_owned()
        };
        let arrived = body(include_str!("../../../fixtures/events/video-arrived.json"));
        let upload = video_upload(&arrived).expect("understood");
        assert_eq!(upload.version, "d41d8cd98f00b204e9800998ecf8427e-3", "of an upload in parts");
        let failed = batch_job_ended(&body(include_str!("../../../fixtures/events/video-failed.json")));
        let VideoKey { account, job } = upload.key;
        let expected = BatchJobEnded { account, job, retry: 2, end: End::Failed };
        assert_eq!(failed.expect("understood"), expected);
    }

    #[test]
    fn machines_are_told_to_begin_or_to_leave() {
        let begin = video_task(&of_ours("Job Queued")).expect("understood");
        assert_eq!((begin.job.to_string().as_str(), begin.retry, begin.stop), (JOB, 2, false));
        let leave = video_task(&of_ours("Job Stopped")).expect("understood");
        assert_eq!(leave, VideoTask { stop: true, ..begin });
    }

    #[test]
    fn the_end_of_a_job_is_understood_and_its_way_there_is_not() {
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
    fn every_dead_letter_says_what_it_is_about() {
        let job: JobId = JOB.parse().expect("a name");
        for (body, retry) in [
            (created("uploads"), 0),
            (created("videos"), 0),
            (of_ours("Job Queued"), 2),
            (of_ours("Job Stopped"), 2),
            (changed("FAILED"), 2),
        ] {
            let dead_letter = dead_letter(&body).expect("understood");
            assert_eq!((&dead_letter.job, dead_letter.retry), (&job, retry), "{body}");
        }
        assert!(matches!(dead_letter(&created("exports")), Err(MessageError::OtherFile)));
    }
}
