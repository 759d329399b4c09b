//! What a message of the image queue speaks of.
//!
//! EventBridge puts S3's “Object Created” there; [`crate::Queue`] puts jobs there that are tried again.

use sansfond_domain::rules::Arrival;
use sansfond_domain::storage_key::SourceKey;
use sansfond_domain::{AccountId, JobId};
use serde::Deserialize;

/// A job that a worker shall begin, and why.
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

/// Reads a message. `None`: nobody will ever understand it.
#[must_use]
pub fn work(body: &str) -> Option<Work> {
    Some(match serde_json::from_str(body).ok()? {
        Message::Created { detail } => {
            let SourceKey { account, job } = detail.object.key.parse().ok()?;
            let version = detail.object.etag.trim_matches('"').to_owned();
            Work { account, job, arrival: Arrival::Upload { version }, retry: 0 }
        }
        Message::Again { account, job, retry } => Work { account, job, arrival: Arrival::Again, retry },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_messages_are_understood_and_nothing_else() {
        let job = "0190a0b0c0d0e0f00112233445566778";
        let created = format!(
            r#"{{"source":"aws.s3","detail-type":"Object Created","detail":{{"object":{{"key":"uploads/a-1/{job}/source","size":5,"etag":"abc","sequencer":"1"}}}}}}"#
        );
        let work_of_created = work(&created).expect("understood");
        assert_eq!(work_of_created.arrival, Arrival::Upload { version: "abc".to_owned() });
        let again = work(&format!(r#"{{"account":"a-1","job":"{job}","retry":2}}"#)).expect("understood");
        assert_eq!((again.job, again.arrival, again.retry), (work_of_created.job, Arrival::Again, 2));
        for other in ["", "{}", r#"{"account":"../x","job":"y"}"#, &created.replace("/source", "/other")] {
            assert_eq!(work(other), None, "{other}");
        }
    }
}
