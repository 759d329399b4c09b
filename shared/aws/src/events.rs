//! What messages of our queues speak of.
//!
//! EventBridge puts S3's “Object Created” and Batch's “Job State Change” there; [`crate::Queue`] puts
//! jobs there that a worker shall begin or leave. What is done about them is not decided here.

use sansfond_domain::rules::StartReason;
use sansfond_domain::storage_key::{SourceKey, VideoKey};
use sansfond_domain::{AccountId, JobId};
use serde::Deserialize;

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

#[derive(Deserialize)]
#[serde(untagged)]
enum QueueMessage {
    Created {
        detail: ObjectCreated,
    },
    Again {
        account: AccountId,
        job: JobId,
        #[serde(default)]
        retry: u32,
        #[serde(default)]
        stop: bool,
    },
    BatchJobState {
        detail: BatchJobState,
    },
}

#[derive(Deserialize)]
struct ObjectCreated {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    key: String,
    etag: String,
}

#[derive(Deserialize)]
struct BatchJobState {
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

fn message(body: &str) -> Option<QueueMessage> {
    serde_json::from_str(body).ok()
}

/// Reads a message of the image queue. `None`: nobody will ever understand it; so for all of these.
#[must_use]
pub fn work(body: &str) -> Option<ImageTask> {
    Some(match message(body)? {
        QueueMessage::Created { detail: ObjectCreated { object } } => {
            let SourceKey { account, job } = object.key.parse().ok()?;
            ImageTask {
                account,
                job,
                start_reason: StartReason::Upload { version: object.version() },
                retry: 0,
            }
        }
        QueueMessage::Again { account, job, retry, stop: false } => {
            ImageTask { account, job, start_reason: StartReason::Again, retry }
        }
        QueueMessage::Again { stop: true, .. } | QueueMessage::BatchJobState { .. } => return None,
    })
}

/// Reads a message of the queue of videos that have come.
#[must_use]
pub fn video_upload(body: &str) -> Option<VideoUpload> {
    match message(body)? {
        QueueMessage::Created { detail: ObjectCreated { object } } => {
            Some(VideoUpload { key: object.key.parse().ok()?, version: object.version() })
        }
        QueueMessage::Again { .. } | QueueMessage::BatchJobState { .. } => None,
    }
}

/// Reads a message of the queue of videos that wait for machines.
#[must_use]
pub fn video_task(body: &str) -> Option<VideoTask> {
    match message(body)? {
        QueueMessage::Again { account, job, retry, stop } => Some(VideoTask { account, job, retry, stop }),
        QueueMessage::Created { .. } | QueueMessage::BatchJobState { .. } => None,
    }
}

/// Reads what Batch says of a job's end. A job that is not one of ours is not understood.
#[must_use]
pub fn ended(body: &str) -> Option<BatchJobEnded> {
    match message(body)? {
        QueueMessage::BatchJobState { detail } => detail.ended(),
        QueueMessage::Created { .. } | QueueMessage::Again { .. } => None,
    }
}

/// Reads a dead letter, from whatever queue it comes.
#[must_use]
pub fn dead_letter(body: &str) -> Option<DeadLetter> {
    Some(match message(body)? {
        QueueMessage::Created { detail: ObjectCreated { object } } => {
            let picture = object.key.parse().map(|SourceKey { account, job }| (account, job));
            let video = || object.key.parse().map(|VideoKey { account, job }| (account, job));
            let (account, job) = picture.or_else(|_| video()).ok()?;
            DeadLetter { account, job, retry: 0 }
        }
        QueueMessage::Again { account, job, retry, .. } => DeadLetter { account, job, retry },
        QueueMessage::BatchJobState { detail } => {
            let BatchJobEnded { account, job, retry, .. } = detail.ended()?;
            DeadLetter { account, job, retry }
        }
    })
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

    fn again(more: &str) -> String {
        format!(r#"{{"account":"a-1","job":"{JOB}","retry":2{more}}}"#)
    }

    fn changed(status: &str) -> String {
        format!(
            r#"{{"source":"aws.batch","detail-type":"Batch Job State Change","detail":{{"jobName":"sansfond-{JOB}-2","status":"{status}","container":{{"environment":[{{"name":"SANSFOND_ACCOUNT","value":"a-1"}},{{"name":"SANSFOND_JOB","value":"{JOB}"}},{{"name":"SANSFOND_RETRY","value":"2"}}]}}}}}}"#
        )
    }

    #[test]
    fn both_kinds_of_messages_are_understood_and_nothing_else() {
        let work_of_created = work(&created("uploads")).expect("understood");
        assert_eq!(work_of_created.start_reason, StartReason::Upload { version: "abc".to_owned() });
        let again = work(&again("")).expect("understood");
        assert_eq!(
            (again.job, again.start_reason, again.retry),
            (work_of_created.job, StartReason::Again, 2)
        );
        let other_file = created("uploads").replace("/source", "/other");
        for other in ["", "{}", r#"{"account":"../x","job":"y"}"#, &other_file, &created("videos")] {
            assert_eq!(work(other), None, "{other}");
        }
    }

    #[test]
    fn a_video_that_has_come_is_not_taken_for_a_picture() {
        let upload = video_upload(&created("videos")).expect("understood");
        assert_eq!(
            (upload.key.to_string(), upload.version.as_str()),
            (format!("videos/a-1/{JOB}/source"), "abc")
        );
        for other in [created("uploads"), again(""), changed("FAILED"), "{}".to_owned()] {
            assert_eq!(video_upload(&other), None, "{other}");
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
        let failed =
            ended(&body(include_str!("../../../fixtures/events/video-failed.json"))).expect("understood");
        let VideoKey { account, job } = upload.key;
        assert_eq!(failed, BatchJobEnded { account, job, retry: 2, end: End::Failed });
    }

    #[test]
    fn machines_are_told_to_begin_or_to_leave() {
        let begin = video_task(&again("")).expect("understood");
        assert_eq!((begin.job.to_string().as_str(), begin.retry, begin.stop), (JOB, 2, false));
        let leave = video_task(&again(r#","stop":true"#)).expect("understood");
        assert_eq!(leave, VideoTask { stop: true, ..begin });
        assert_eq!(work(&again(r#","stop":true"#)), None, "no work begins with it");
        assert_eq!(video_task(&created("videos")), None);
    }

    #[test]
    fn the_end_of_a_job_is_understood_and_its_way_there_is_not() {
        let failed = ended(&changed("FAILED")).expect("understood");
        assert_eq!((failed.account.to_string().as_str(), failed.retry, failed.end), ("a-1", 2, End::Failed));
        assert_eq!(ended(&changed("SUCCEEDED")).map(|ended| ended.end), Some(End::Succeeded));
        for status in ["RUNNING", "RUNNABLE", "SUBMITTED"] {
            assert_eq!(ended(&changed(status)), None, "{status}");
        }
        let foreign = changed("FAILED").replace("SANSFOND_JOB", "JOB");
        assert_eq!(ended(&foreign), None);
    }

    #[test]
    fn every_dead_letter_says_what_it_is_about() {
        let job: JobId = JOB.parse().expect("a name");
        for (body, retry) in [
            (created("uploads"), 0),
            (created("videos"), 0),
            (again(""), 2),
            (again(r#","stop":true"#), 2),
            (changed("FAILED"), 2),
        ] {
            let dead_letter = dead_letter(&body).expect("understood");
            assert_eq!((&dead_letter.job, dead_letter.retry), (&job, retry), "{body}");
        }
        assert_eq!(dead_letter(&created("exports")), None);
    }
}
