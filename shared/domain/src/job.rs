//! A job: one picture or video on its way. Its states and the closed table of transitions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::closed_list::closed_list;
use crate::credits::Reservation;
use crate::storage_key::{SourceKey, VideoKey};
use crate::{AccountId, JobId, Options, Timestamp};

closed_list! {
    /// What a job works on.
    enum JobKind, name {
        /// A still picture.
        Image "image",
        /// A video.
        Video "video",
    }
}

closed_list! {
    /// Where a job stands.
    enum JobState, name {
        /// Accepted; its upload has not arrived.
        Pending "pending",
        /// Waiting for a worker.
        Queued "queued",
        /// A worker has it.
        Processing "processing",
        /// The result is there.
        Completed "completed",
        /// It could not be done.
        Failed "failed",
        /// Its owner changed their mind.
        Cancelled "cancelled",
        /// Its upload never came.
        Expired "expired",
    }
}

impl JobState {
    /// Whether a credit is reserved for the job.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Pending | Self::Queued | Self::Processing => true,
            Self::Completed | Self::Failed | Self::Cancelled | Self::Expired => false,
        }
    }

    /// The table of transitions. What is not in it does not happen. `Processing` follows itself when
    /// another worker takes over from a dead one.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        use JobState::{Cancelled, Completed, Expired, Failed, Pending, Processing, Queued};
        match self {
            Pending => matches!(next, Queued | Processing | Failed | Cancelled | Expired),
            Queued => matches!(next, Processing | Failed | Cancelled),
            Processing => matches!(next, Processing | Completed | Failed | Cancelled),
            Failed | Cancelled => matches!(next, Queued),
            Completed | Expired => false,
        }
    }
}

/// What was declared, and what was found when the bytes came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The customer's file name without folders; only for the name of the download.
    pub name: String,
    /// As declared and signed into the upload.
    pub media_type: String,
    /// As declared and signed into the upload.
    pub size_bytes: u64,
    /// S3's entity tag of the object that the job works on. `None` until it has come.
    pub version: Option<String>,
    /// The job that the file was sent for, if it was not sent for this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<JobId>,
    /// S3's name of a multipart upload that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipart: Option<String>,
    /// What a look into a video has found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<Clip>,
}

/// What a video is, found out before any of it is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clip {
    /// Of an upright frame, in pixels.
    pub width: u32,
    /// Of an upright frame, in pixels.
    pub height: u32,
    /// Of the whole file, in milliseconds.
    pub duration_ms: u64,
    /// Of the whole file.
    pub frames: u64,
    /// What the worker may work on at most, in milliseconds, whatever the header has said: where it
    /// begins and ends.
    pub from_ms: u64,
    /// See [`Self::from_ms`].
    pub until_ms: u64,
}

impl Clip {
    /// How much of the video is worked on, in milliseconds.
    #[must_use]
    pub const fn length_ms(&self) -> u64 {
        self.until_ms.saturating_sub(self.from_ms)
    }
}

/// How far the worker of a video is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoProgress {
    /// Frames done.
    pub frames: u64,
    /// Frames that there will be, as far as the header can be believed.
    pub of: u64,
    /// Frames in ten seconds.
    pub per_10_s: u32,
    /// Seconds left, at this rate.
    pub left_s: Option<u32>,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its media type.
    pub media_type: String,
    /// Its extension, without a dot.
    pub extension: String,
    /// Its size.
    pub size_bytes: u64,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether the file is kept (a synchronous answer is not).
    pub stored: bool,
}

/// Where a worker's time went, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timings {
    /// Getting the bytes.
    pub download_ms: u64,
    /// Bytes to pixels.
    pub decode_ms: u64,
    /// Pixels to matte and colors.
    pub matte_ms: u64,
    /// Pixels to bytes.
    pub encode_ms: u64,
    /// Putting them away.
    pub upload_ms: u64,
}

closed_list! {
    /// Why a job did not end well. Customers read a sentence that belongs to the code.
    enum Failure, code {
        /// The file is not a picture that can be read.
        UnreadablePicture "unreadable_picture",
        /// A format that is recognized and not supported.
        UnsupportedFormat "unsupported_format",
        /// More pixels or bytes than the plan allows.
        PictureTooLarge "picture_too_large",
        /// Nothing in it looks like a subject.
        NoSubject "no_subject",
        /// The options do not fit the picture.
        UnsuitableOptions "unsuitable_options",
        /// What arrived is not what was declared.
        UploadMismatch "upload_mismatch",
        /// The file is not a video that can be read.
        UnreadableVideo "unreadable_video",
        /// There are no pictures in it: sound, or nothing.
        NoVideo "no_video",
        /// It ends before its end: a broken download.
        IncompleteVideo "incomplete_video",
        /// Longer than the plan allows.
        VideoTooLong "video_too_long",
        /// It costs more credits than there are.
        NotEnoughCredits "not_enough_credits",
        /// More pixels, frames or frames a second than can be worked on.
        VideoTooLarge "video_too_large",
        /// The picture that should stand behind it is not there.
        BackdropMissing "backdrop_missing",
        /// The picture that should stand behind it is damaged.
        UnreadableBackdrop "unreadable_backdrop",
        /// It took more time than a job may.
        TookTooLong "took_too_long",
        /// The workers died over it.
        WorkerLost "worker_lost",
    }
}

/// The number of a piece, from 0.
pub type PieceNumber = usize;

/// The only piece of an ordinary job.
pub const WHOLE_JOB: PieceNumber = 0;

/// A part of a job that one worker processes at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Piece {
    /// The number of workers that have started on it.
    pub attempts: u32,
    /// The end of the current worker's lease; `None` if no worker holds the piece.
    pub lease_until: Option<Timestamp>,
}

/// A worker's claim to a piece. The attempt tells it from the claims of earlier and later workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The piece.
    pub piece: PieceNumber,
    /// The number of the attempt, from 1.
    pub attempt: u32,
}

/// One picture or video on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// Its owner.
    pub account: AccountId,
    /// What it works on.
    pub kind: JobKind,
    /// Where it stands.
    pub state: JobState,
    /// 0 to 100.
    pub progress: u8,
    /// What was asked for.
    pub options: Options,
    /// What came.
    pub input: Input,
    /// How far the worker of a video is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<VideoProgress>,
    /// What comes out, when it is completed.
    pub output: Option<Output>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The credit that it holds or has used.
    pub reservation: Reservation,
    /// The parts of the job, each of which has a lease of its own. An ordinary job has one.
    pub pieces: Vec<Piece>,
    /// How often its owner has had it tried again. Tells a message of an earlier try from one of this.
    #[serde(default)]
    pub retries: u32,
    /// When somebody has to look whether it still moves. `None` when it has ended.
    pub due_at: Option<Timestamp>,
    /// Of the last attempt.
    pub timings: Timings,
    /// What all attempts have cost whoever runs the service, estimated in millionths of a dollar. Customers are not
    /// told. `None`: nobody knows the price, or nobody has worked on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micro_usd: Option<u64>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When anything about it last changed.
    pub updated_at: Timestamp,
}

impl Job {
    /// The claim of the last worker that started on a piece. `None` if there is no such piece.
    #[must_use]
    pub fn claim(&self, piece: PieceNumber) -> Option<Claim> {
        self.pieces.get(piece).map(|found| Claim { piece, attempt: found.attempts })
    }

    /// The number of times that a worker has started on any of the pieces.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.pieces.iter().map(|piece| piece.attempts).sum()
    }

    /// The piece of a claim, unless the job has ended or a later worker has the piece.
    pub(crate) fn claimed(&mut self, claim: Claim) -> Option<&mut Piece> {
        let is_processing = self.state == JobState::Processing;
        self.pieces.get_mut(claim.piece).filter(|piece| is_processing && piece.attempts == claim.attempt)
    }

    /// The end of the first lease to expire, if a worker holds any piece.
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.pieces.iter().filter_map(|piece| piece.lease_until).min()
    }

    /// The job that its file was sent for: itself, unless it works on the video of an earlier one.
    #[must_use]
    pub fn source(&self) -> &JobId {
        self.input.source.as_ref().unwrap_or(&self.id)
    }

    /// How much of a video is worked on, in milliseconds. `None`: nobody has looked into it yet, or it is a picture.
    #[must_use]
    pub fn length_ms(&self) -> Option<u64> {
        self.input.clip.as_ref().map(Clip::length_ms)
    }

    /// Where its file lies.
    #[must_use]
    pub fn source_key(&self) -> String {
        let (account, job) = (self.account.clone(), self.source().clone());
        match self.kind {
            JobKind::Image => SourceKey { account, job }.to_string(),
            JobKind::Video => VideoKey { account, job }.to_string(),
        }
    }

    /// Whether its file is kept at that moment, if files are kept for so long and nobody deletes it before.
    /// Measured from the beginning of the job that it was sent for: it came minutes later, and is deleted no
    /// sooner.
    #[must_use]
    pub fn source_is_kept(&self, at: Timestamp, kept_for: Duration) -> bool {
        self.input.version.is_some() && at < self.source().minted_at().plus(kept_for)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_well_or_expired_stays_so() {
        for state in [JobState::Completed, JobState::Expired] {
            for next in JobState::ALL {
                assert!(!state.may_become(next), "{state:?} → {next:?}");
            }
        }
    }

    #[test]
    fn only_an_open_job_can_complete_fail_or_be_cancelled() {
        for state in JobState::ALL {
            for next in [JobState::Failed, JobState::Cancelled] {
                assert_eq!(state.may_become(next), state.is_open(), "{state:?} → {next:?}");
            }
            assert_eq!(state.may_become(JobState::Completed), state == JobState::Processing);
        }
    }
}
