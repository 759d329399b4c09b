//! Keys of files in the bucket. A key contains the account and the job, so that an event of the bucket identifies
//! both.

use std::str::FromStr;

use crate::id::IdError;
use crate::{AccountId, Job, JobId};

/// The folder of uploaded pictures.
pub const UPLOADS: &str = "uploads/";
/// The folder of uploaded videos.
pub const VIDEOS: &str = "videos/";
/// The folder of results.
pub const RESULTS: &str = "results/";
/// The folder of account exports.
pub const EXPORTS: &str = "exports/";

macro_rules! source_key {
    ($(#[$about:meta])* $key:ident, $folder:expr) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $key {
            /// The owner.
            pub account: AccountId,
            /// The job that the file was uploaded for.
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
    /// The video of a job: `videos/{account}/{job}/source`. Videos have their own folder because events about them
    /// have another recipient.
    VideoKey, VIDEOS
}

/// The background picture of a video: `videos/{account}/{job}/backdrop`. It is stored with the video and not with
/// the results: a retried job needs both, and both are the owner's files.
#[must_use]
pub fn backdrop(account: &AccountId, job: &JobId) -> String {
    format!("{VIDEOS}{account}/{job}/backdrop")
}

/// A job's result: `results/{account}/{job}/cutout.{extension}`.
#[must_use]
pub fn result(account: &AccountId, job: &JobId, extension: &str) -> String {
    format!("{RESULTS}{account}/{job}/cutout.{extension}")
}

/// A job's preview picture for lists: `results/{account}/{job}/preview.webp`.
#[must_use]
pub fn preview(account: &AccountId, job: &JobId) -> String {
    format!("{RESULTS}{account}/{job}/preview.webp")
}

/// The folder of finished segments of a video, until they are joined: `results/{account}/{job}/segments/`.
#[must_use]
pub fn segments(account: &AccountId, job: &JobId) -> String {
    format!("{RESULTS}{account}/{job}/segments/")
}

/// The folder of a job's results.
#[must_use]
pub fn results_of(account: &AccountId, job: &JobId) -> String {
    format!("{RESULTS}{account}/{job}/")
}

/// The files that are deleted with a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletions {
    /// Whole folders; their names end with `/`.
    pub folders: Vec<String>,
    /// Single files.
    pub files: Vec<String>,
}

impl Deletions {
    /// The deletions for a job. `source_is_needed`: another job of the account still needs the video. A video is
    /// deleted with the last job that needs it, which need not be the job that it was uploaded for.
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

/// All folders with files of customers. The deletion of an account and its export both use this list.
const FOLDERS: [&str; 4] = [UPLOADS, VIDEOS, RESULTS, EXPORTS];

/// The folders of an account.
#[must_use]
pub fn of_account(account: &AccountId) -> [String; 4] {
    FOLDERS.map(|folder| format!("{folder}{account}/"))
}

/// The folders of an account that its export contains: all except earlier exports.
pub fn exported(account: &AccountId) -> impl Iterator<Item = String> {
    of_account(account).into_iter().filter(|folder| !folder.starts_with(EXPORTS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storage_key_identifies_account_and_job() {
        let key = "uploads/8a1b-22/0190a0b0c0d0e0f00112233445566778/source";
        let parsed: SourceKey = key.parse().expect("a storage key");
        assert_eq!(parsed.to_string(), key);
        for other in ["results/a/b/source", "uploads/a/source", "uploads/a/zz/source", &format!("{key}/x")] {
            assert!(other.parse::<SourceKey>().is_err(), "{other}");
        }
        assert!(key.parse::<VideoKey>().is_err(), "a picture is not a video");
        let video = key.replace(UPLOADS, VIDEOS);
        let parsed = video.parse::<VideoKey>().expect("a storage key");
        assert_eq!(parsed.to_string(), video);
        let backdrop = backdrop(&parsed.account, &parsed.job);
        assert!(backdrop.parse::<VideoKey>().is_err(), "a background is not a video");
        assert!(of_account(&parsed.account).iter().any(|folder| backdrop.starts_with(folder)));
    }
    #[test]
    fn an_export_contains_all_folders_of_an_account_except_exports() {
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
