//! Jobs, their states and the table of transitions. A job processes one picture or video.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::closed_list::closed_list;
use crate::credits::Reservation;
use crate::storage_key::{SourceKey, VideoKey};
use crate::{AccountId, JobId, Options, Timestamp};

closed_list! {
    /// The kind of a job's input.
    enum JobKind, name {
        /// A still picture.
        Image "image",
        /// A video.
        Video "video",
    }
}

closed_list! {
    /// The state of a job.
    enum JobState, name {
        /// Accepted; the upload has not arrived.
        Pending "pending",
        /// Waiting for a worker.
        Queued "queued",
        /// A worker is processing it.
        Processing "processing",
        /// The result is available.
        Completed "completed",
        /// Processing failed.
        Failed "failed",
        /// The owner cancelled it.
        Cancelled "cancelled",
        /// The upload never arrived.
        Expired "expired",
    }
}

impl JobState {
    /// Whether the job has not ended. Its credits are then reserved.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Pending | Self::Queued | Self::Processing => true,
            Self::Completed | Self::Failed | Self::Cancelled | Self::Expired => false,
        }
    }

    /// The table of transitions. `Processing` may follow itself: another worker takes over from one that was lost.
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

/// The input of a job: the client's declaration, and the properties of the uploaded file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The customer's file name without folders. It is used only for the name of the download.
    pub name: String,
    /// The declared media type, which the signed upload enforces.
    pub media_type: String,
    /// The declared size, which the signed upload enforces.
    pub size_bytes: u64,
    /// S3's entity tag of the uploaded file. `None` until it has been uploaded.
    pub version: Option<String>,
    /// The job that the file was uploaded for, if it is not this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<JobId>,
    /// S3's ID of an unfinished multipart upload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipart: Option<String>,
    /// The properties of a probed video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<Clip>,
}

/// The properties of a video and the part to process, as found by the probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clip {
    /// The width of an upright frame, in pixels.
    pub width: u32,
    /// The height of an upright frame, in pixels.
    pub height: u32,
    /// The duration of the whole file, in milliseconds.
    pub duration_ms: u64,
    /// The number of frames in the whole file.
    pub frames: u64,
    /// The start of the part to process, in milliseconds. The worker processes nothing outside of this part,
    /// whatever the header of the file says.
    pub from_ms: u64,
    /// The end of the part to process, in milliseconds.
    pub until_ms: u64,
}

impl Clip {
    /// The duration of the part to process, in milliseconds.
    #[must_use]
    pub const fn length_ms(&self) -> u64 {
        self.until_ms.saturating_sub(self.from_ms)
    }
}

/// The progress of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoProgress {
    /// The number of processed frames.
    pub frames: u64,
    /// The expected number of frames, computed from the file's header.
    pub of: u64,
    /// The rate, in frames per ten seconds.
    pub per_10_s: u32,
    /// The remaining time at this rate, in seconds.
    pub left_s: Option<u32>,
}

/// The properties of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The media type.
    pub media_type: String,
    /// The file name's extension, without a dot.
    pub extension: String,
    /// The size, in bytes.
    pub size_bytes: u64,
    /// The width, in pixels.
    pub width: u32,
    /// The height, in pixels.
    pub height: u32,
    /// Whether the file is stored. The result of a synchronous request may not be.
    pub stored: bool,
}

/// The time that a worker spent on each step, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timings {
    /// Downloading the file.
    pub download_ms: u64,
    /// Decoding.
    pub decode_ms: u64,
    /// Computing the matte and the foreground colors.
    pub matte_ms: u64,
    /// Encoding.
    pub encode_ms: u64,
    /// Uploading the result.
    pub upload_ms: u64,
}

closed_list! {
    /// The reason that a job failed. The API has a sentence for each code.
    enum Failure, code {
        /// The file is not a readable picture.
        UnreadablePicture "unreadable_picture",
        /// The format is recognized but not supported.
        UnsupportedFormat "unsupported_format",
        /// The picture has more pixels or bytes than the plan allows.
        PictureTooLarge "picture_too_large",
        /// No subject was found.
        NoSubject "no_subject",
        /// The options do not fit the picture.
        UnsuitableOptions "unsuitable_options",
        /// The uploaded file differs from the declaration.
        UploadMismatch "upload_mismatch",
        /// The file is not a readable video.
        UnreadableVideo "unreadable_video",
        /// The file contains no video stream.
        NoVideo "no_video",
        /// The file is truncated, as after an interrupted download.
        IncompleteVideo "incomplete_video",
        /// The video is longer than the plan allows.
        VideoTooLong "video_too_long",
        /// The job costs more credits than the account has.
        NotEnoughCredits "not_enough_credits",
        /// The video has more pixels, frames or frames per second than can be processed.
        VideoTooLarge "video_too_large",
        /// The background picture is missing.
        BackdropMissing "backdrop_missing",
        /// The background picture is damaged.
        UnreadableBackdrop "unreadable_backdrop",
        /// The job exceeded the time limit.
        TookTooLong "took_too_long",
        /// The workers terminated without a result.
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

/// The processing of one picture or video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The job's ID.
    pub id: JobId,
    /// The owner.
    pub account: AccountId,
    /// The kind of its input.
    pub kind: JobKind,
    /// The state.
    pub state: JobState,
    /// The progress in percent, from 0 to 100.
    pub progress: u8,
    /// The options of the request.
    pub options: Options,
    /// The input file.
    pub input: Input,
    /// The progress of a video in frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<VideoProgress>,
    /// The result; `None` until the job completes.
    pub output: Option<Output>,
    /// The reason of a failure.
    pub failure: Option<Failure>,
    /// The credits that the job holds or has used.
    pub reservation: Reservation,
    /// The parts of the job, each of which has a lease of its own. An ordinary job has one.
    pub pieces: Vec<Piece>,
    /// The number of times that the owner retried the job. It distinguishes messages about this try from those
    /// about an earlier one.
    #[serde(default)]
    pub retries: u32,
    /// The time at which the sweep checks the job. `None` if the job has ended.
    pub due_at: Option<Timestamp>,
    /// The times of the last attempt.
    pub timings: Timings,
    /// The operator's estimated cost of all attempts, in millionths of a dollar. It is not shown to customers.
    /// `None`: the price is unknown, or no worker has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micro_usd: Option<u64>,
    /// The time at which the job was accepted.
    pub created_at: Timestamp,
    /// The time of the last change.
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

    /// The job that the file was uploaded for: this one, unless it reuses the video of an earlier job.
    #[must_use]
    pub fn source(&self) -> &JobId {
        self.input.source.as_ref().unwrap_or(&self.id)
    }

    /// The duration of the part of a video to process, in milliseconds. `None` for pictures and before the probe.
    #[must_use]
    pub fn length_ms(&self) -> Option<u64> {
        self.input.clip.as_ref().map(Clip::length_ms)
    }

    /// The storage key of the input file.
    #[must_use]
    pub fn source_key(&self) -> String {
        let (account, job) = (self.account.clone(), self.source().clone());
        match self.kind {
            JobKind::Image => SourceKey { account, job }.to_string(),
            JobKind::Video => VideoKey { account, job }.to_string(),
        }
    }

    /// Whether the input file is still stored at a time, if files are stored for `kept_for` and it is not deleted
    /// earlier. Measured from the creation of the job that it was uploaded for: the upload is later, so the file is
    /// never deleted earlier than this.
    #[must_use]
    pub fn source_is_kept(&self, at: Timestamp, kept_for: Duration) -> bool {
        self.input.version.is_some() && at < self.source().minted_at().plus(kept_for)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completed_and_expired_are_final() {
        for state in [JobState::Completed, JobState::Expired] {
            for next in JobState::ALL {
                assert!(!state.may_become(next), "{state:?} → {next:?}");
            }
        }
    }

    #[test]
    fn only_an_open_job_can_end() {
        for state in JobState::ALL {
            for next in [JobState::Failed, JobState::Cancelled] {
                assert_eq!(state.may_become(next), state.is_open(), "{state:?} → {next:?}");
            }
            assert_eq!(state.may_become(JobState::Completed), state == JobState::Processing);
        }
    }
}
