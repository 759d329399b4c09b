//! What messages of our queues speak of.
//!
//! EventBridge puts S3's “Object Created” and Batch's “Job State Change” there; [`crate::Queue`] puts
//! jobs there that a worker shall begin or leave. What is done about them is not decided here.

use sansfond_domain::rules::Arrival;
use sansfond_domain::storage_key::{SourceKey, VideoKey};
use sansfond_domain::{AccountId, JobId};
use serde::Deserialize;

/// A picture that a worker shall begin, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub job: JobId,
    /// Why.
    pub arrival: Arrival,
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
pub struct Errand {
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
pub struct Ended {
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
pub struct Letter {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub job: JobId,
    /// Which try of its owner.
    pub retry: u32,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Created {
        detail: Detail,
    },
    Again {
        account: AccountId,
        job: JobId,
        #[serde(default)]
        retry: u32,
        #[serde(default)]
        stop: bool,
    },
    Changed {
        detail: Changed,
    },
}

#[derive(Deserialize)]
struct Detail {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    key: String,
    etag: String,
}

#[derive(Deserialize)]
struct Changed {
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

impl Changed {
    fn variable(&self, name: &str) -> Option<&str> {
        let found = self.container.environment.iter().find(|variable| variable.name == name);
        found.map(|variable| variable.value.as_str())
    }

    fn ended(&self) -> Option<Ended> {
        Some(Ended {
            account: self.variable("SANSFOND_ACCOUNT")?.parse().ok()?,
            job: self.variable("SANSFOND_JOB")?.parse().ok()?,
            retry: self.variable("SANSFOND_RETRY")?.parse().ok()?,
            end: self.status,
        })
    }
}

fn message(body: &str) -> Option<Message> {
    serde_json::from_str(body).ok()
}

/// Reads a message of the image queue. `None`: nobody will ever understand it; so for all of these.
#[must_use]
pub fn work(body: &str) -> Option<Work> {
    Some(match message(body)? {
        Message::Created { detail: Detail { object } } => {
            let SourceKey { account, job } = object.key.parse().ok()?;
            Work { account, job, arrival: Arrival::Upload { version: object.version() }, retry: 0 }
        }
        Message::Again { account, job, retry, stop: false } => {
            Work { account, job, arrival: Arrival::Again, retry }
        }
        Message::Again { stop: true, .. } | Message::Changed { .. } => return None,
    })
}

/// Reads a message of the queue of videos that have come.
#[must_use]
pub fn video_upload(body: &str) -> Option<VideoUpload> {
    match message(body)? {
        Message::Created { detail: Detail { object } } => {
            Some(VideoUpload { key: object.key.parse().ok()?, version: object.version() })
        }
        Message::Again { .. } | Message::Changed { .. } => None,
    }
}

/// Reads a message of the queue of videos that wait for machines.
#[must_use]
pub fn errand(body: &str) -> Option<Errand> {
    match message(body)? {
        Message::Again { account, job, retry, stop } => Some(Errand { account, job, retry, stop }),
        Message::Created { .. } | Message::Changed { .. } => None,
    }
}

/// Reads what Batch says of a job's end. A job that is not one of ours is not understood.
#[must_use]
pub fn ended(body: &str) -> Option<Ended> {
    match message(body)? {
        Message::Changed { detail } => detail.ended(),
        Message::Created { .. } | Message::Again { .. } => None,
    }
}

/// Reads a dead letter, from whatever queue it comes.
#[must_use]
pub fn letter(body: &str) -> Option<Letter> {
    Some(match message(body)? {
        Message::Created { detail: Detail { object } } => {
            let picture = object.key.parse().map(|SourceKey { account, job }| (account, job));
            let video = || object.key.parse().map(|VideoKey { account, job }| (account, job));
            let (account, job) = picture.or_else(|_| video()).ok()?;
            Letter { account, job, retry: 0 }
        }
        Message::Again { account, job, retry, .. } => Letter { account, job, retry },
        Message::Changed { detail } => {
            let Ended { account, job, retry, .. } = detail.ended()?;
            Letter { account, job, retry }
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
        assert_eq!(work_of_created.arrival, Arrival::Upload { version: "abc".to_owned() });
        let again = work(&again("")).expect("understood");
        assert_eq!((again.job, again.arrival, again.retry), (work_of_created.job, Arrival::Again, 2));
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
    fn machines_are_told_to_begin_or_to_leave() {
        let begin = errand(&again("")).expect("understood");
        assert_eq!((begin.job.to_string().as_str(), begin.retry, begin.stop), (JOB, 2, false));
        let leave = errand(&again(r#","stop":true"#)).expect("understood");
        assert_eq!(leave, Errand { stop: true, ..begin });
        assert_eq!(work(&again(r#","stop":true"#)), None, "no work begins with it");
        assert_eq!(errand(&created("videos")), None);
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
            let letter = letter(&body).expect("understood");
            assert_eq!((&letter.job, letter.retry), (&job, retry), "{body}");
        }
        assert_eq!(letter(&created("exports")), None);
    }
}
