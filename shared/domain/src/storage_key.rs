//! Where files lie. The owner and the job are in the name, so that an event says whose it is.

use std::str::FromStr;

use crate::id::IdError;
use crate::{AccountId, Job, JobId};

/// The folder of pictures that customers send.
pub const UPLOADS: &str = "uploads/";
/// The folder of videos that customers send.
pub const VIDEOS: &str = "videos/";
/// The folder of everything that we made for them.
pub const RESULTS: &str = "results/";
/// The folder of account exports.
pub const EXPORTS: &str = "exports/";

macro_rules! source_key {
    ($(#[$about:meta])* $key:ident, $folder:expr) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $key {
            /// Whose.
            pub account: AccountId,
            /// For which job.
            pub job: JobId,
        }

        impl std::fmt::Display for $key {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}{}/{}/source", $folder, self.account, self.job)
            }
        }

        impl FromStr for $key {
            type Err = IdError;

            fn from_str(key: &str) -> Result<Self, IdError> {
                let mut parts = key.strip_prefix($folder).ok_or(IdError)?.split('/');
                let (Some(account), Some(job), Some("source"), None) =
                    (parts.next(), parts.next(), parts.next(), parts.next())
                else {
                    return Err(IdError);
                };
                Ok(Self { account: account.parse()?, job: job.parse()? })
            }
        }
    };
}

source_key! {
    /// The picture of a job: `uploads/{account}/{job}/source`.
    SourceKey, UPLOADS
}

source_key! {
    /// The video of a job: `videos/{account}/{job}/source`. Apart from pictures, because its arrival is
    /// announced to somebody else.
    VideoKey, VIDEOS
}

/// The picture that stands behind a video: `videos/{account}/{job}/backdrop`. Beside the video, not among
/// the results: a job that is tried again needs both, and both come from its owner.
#[must_use]
pub fn backdrop(account: &AccountId, job: &JobId) -> String {
    format!("{VIDEOS}{account}/{job}/backdrop")
}

/// A job's result: `results/{account}/{job}/cutout.{extension}`.
#[must_use]
pub fn result(account: &AccountId, job: &JobId, extension: &str) -> String {
    format!("{RESULTS}{account}/{job}/cutout.{extension}")
}

/// A job's small picture for lists: `results/{account}/{job}/preview.webp`.
#[must_use]
pub fn preview(account: &AccountId, job: &JobId) -> String {
    format!("{RESULTS}{account}/{job}/preview.webp")
}

/// The folder of the parts of a video that a worker has finished, until they are joined:
/// `results/{account}/{job}/segments/`.
#[must_use]
pub fn segments(account: &AccountId, job: &JobId) -> String {
    format!("{RESULTS}{account}/{job}/segments/")
}

/// The folder of everything that was made for a job.
#[must_use]
pub fn results_of(account: &AccountId, job: &JobId) -> String {
    format!("{RESULTS}{account}/{job}/")
}

/// What goes with a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletions {
    /// Whole folders; their names end with `/`.
    pub folders: Vec<String>,
    /// Single files.
    pub files: Vec<String>,
}

impl Deletions {
    /// Of a job that is deleted. A video stays while another job of its account needs it, and goes with the
    /// last one that does, whoever it was sent for.
    #[must_use]
    pub fn of(job: &Job, source_is_needed: bool) -> Self {
        let (account, id, source) = (&job.account, &job.id, job.source());
        let of_job = |folder, job: &JobId| format!("{folder}{account}/{job}/");
        let mut folders = vec![of_job(UPLOADS, id), of_job(RESULTS, id)];
        if source != id || !source_is_needed {
            folders.push(of_job(VIDEOS, id));
        }
        if source != id && !source_is_needed {
            folders.push(of_job(VIDEOS, source));
        }
        let files = if source == id && source_is_needed { vec![backdrop(account, id)] } else { Vec::new() };
        Self { folders, files }
    }
}

/// All folders that hold files of customers. What is deleted with an account and what it may export both come
/// from here.
const FOLDERS: [&str; 4] = [UPLOADS, VIDEOS, RESULTS, EXPORTS];

/// The folders of an account.
#[must_use]
pub fn of_account(account: &AccountId) -> [String; 4] {
    FOLDERS.map(|folder| format!("{folder}{account}/"))
}

/// The folders of an account that its export holds: all but its exports.
pub fn exported(account: &AccountId) -> impl Iterator<Item = String> {
    of_account(account).into_iter().filter(|folder| !folder.starts_with(EXPORTS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_whose_upload_it_is() {
        let key = "uploads/8a1b-22/0190a0b0c0d0e0f00112233445566778/source";
        let parsed: SourceKey = key.parse().expect("one of ours");
        assert_eq!(parsed.to_string(), key);
        for other in ["results/a/b/source", "uploads/a/source", "uploads/a/zz/source", &format!("{key}/x")] {
            assert!(other.parse::<SourceKey>().is_err(), "{other}");
        }
        assert!(key.parse::<VideoKey>().is_err(), "a picture is no video");
        let video = key.replace(UPLOADS, VIDEOS);
        let parsed = video.parse::<VideoKey>().expect("one of ours");
        assert_eq!(parsed.to_string(), video);
        let backdrop = backdrop(&parsed.account, &parsed.job);
        assert!(backdrop.parse::<VideoKey>().is_err(), "what stands behind a video is none");
        assert!(of_account(&parsed.account).iter().any(|folder| backdrop.starts_with(folder)));
    }
    #[test]
    fn an_export_holds_all_that_is_deleted_with_an_account_but_exports() {
        let account: AccountId = "8a1b-22".parse().expect("a name");
        let exported: Vec<_> = exported(&account).collect();
        let deleted = of_account(&account);
        let left: Vec<_> = deleted.iter().filter(|folder| !exported.contains(folder)).collect();
        assert_eq!(left, ["exports/8a1b-22/"]);
        assert!(exported.iter().all(|folder| deleted.contains(folder)));
        for folder in [UPLOADS, VIDEOS, RESULTS] {
            assert!(exported.contains(&format!("{folder}8a1b-22/")), "{folder}");
        }
    }
}
