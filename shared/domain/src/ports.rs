//! What the domain needs from outside: narrow traits, so that a signature says what a route may touch.

use std::fs::File;
use std::time::Duration;

use async_trait::async_trait;

use crate::rules::{Decision, Refusal, Snapshot};
use crate::{
    Account, AccountId, ApiKey, Balance, Job, JobId, JobKind, JobState, KeyId, Language, LedgerEntry,
    RecordKey, Timestamp,
};

/// A service outside did not do its part.
#[derive(Debug, thiserror::Error)]
#[error("{service} did not answer as it should ({operation})")]
pub struct PortError {
    /// Which one.
    pub service: &'static str,
    /// What it was asked.
    pub operation: &'static str,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Its own words, for the log.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// One page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins; `None` at the end.
    pub next: Option<String>,
}

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// At most so many.
    pub limit: u32,
    /// [`Page::next`] of the page before.
    pub after: Option<String>,
}

/// Profiles.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// By name.
    async fn account(&self, id: &AccountId) -> Result<Option<Account>, PortError>;
    /// Writes one that is not there yet; one that is there stays as it is.
    async fn create(&self, account: &Account) -> Result<(), PortError>;
    /// Changes the language. `false` if there is no such account.
    async fn set_language(&self, id: &AccountId, language: Language) -> Result<bool, PortError>;
}

/// What a rule wants to see before it decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Whose books.
    pub account: AccountId,
    /// Which job; also a new one, so that it is recognized when it was written and nobody heard of it.
    pub job: Option<JobId>,
    /// Which records. A rule writes no others.
    pub records: Vec<RecordKey>,
    /// The job whose video a new one shall work on, if it does not send its own.
    pub source: Option<JobId>,
}

impl Scope {
    /// A job and the books of its account.
    #[must_use]
    pub const fn of(account: AccountId, job: JobId) -> Self {
        Self { account, job: Some(job), records: Vec::new(), source: None }
    }

    /// The books of an account and records, without a job.
    #[must_use]
    pub const fn of_records(account: AccountId, records: Vec<RecordKey>) -> Self {
        Self { account, job: None, records, source: None }
    }
}

/// A rule could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum TransactionError {
    /// The rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many others were writing at the same time.
    #[error("too much happened to this account at once")]
    Contended,
    /// The table.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// A rule: it looks and decides. It may be asked again when somebody else was quicker.
pub type Rule<'a> = &'a (dyn Fn(&Snapshot) -> Result<Decision, Refusal> + Send + Sync);

/// What a rule has decided, and what it saw when it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Carried out, if there was something to write.
    pub decision: Decision,
    /// Before anything was written.
    pub seen: Snapshot,
}

/// Jobs and credits, which change together or not at all.
#[async_trait]
pub trait Transactions: Send + Sync {
    /// Shows a rule what is there and writes what it decides, in one transaction; again, if
    /// anything that it saw has changed meanwhile.
    async fn apply(&self, scope: &Scope, rule: Rule<'_>) -> Result<Applied, TransactionError>;
    /// What a rule would see. Nothing is written, and it may have changed by the time that somebody reads it.
    async fn look(&self, scope: &Scope) -> Result<Snapshot, PortError>;
}

/// Which jobs of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobFilter {
    /// Those that stand there; `None` is all.
    pub state: Option<JobState>,
    /// Those of this kind; `None` is all.
    pub kind: Option<JobKind>,
}

/// Reading jobs.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// By name, for its owner.
    async fn job(&self, account: &AccountId, id: &JobId) -> Result<Option<Job>, PortError>;
    /// Of an account, newest first. Where few jobs pass the filter a page may be short, even empty,
    /// although it names a next one.
    async fn jobs(
        &self,
        account: &AccountId,
        filter: &JobFilter,
        page: &PageRequest,
    ) -> Result<Page<Job>, PortError>;
    /// Open jobs whose time has come, of any account, the longest due first.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Job>, PortError>;
    /// Forgets a job that has ended. `false` if it is open or not there.
    async fn forget(&self, account: &AccountId, id: &JobId) -> Result<bool, PortError>;
}

/// Videos that several jobs of an account work on. Which jobs those are is written down with the jobs, by
/// [`Transactions`].
#[async_trait]
pub trait Sources: Send + Sync {
    /// Notes that a job does not need its video any more, and says whether another job does. Asking twice
    /// gives the same answer.
    async fn release(&self, job: &Job) -> Result<bool, PortError>;
}

/// Reading credits and the ledger.
#[async_trait]
pub trait Balances: Send + Sync {
    /// The balance as it was written last; `None` before its first change.
    async fn balance(&self, account: &AccountId) -> Result<Option<Balance>, PortError>;
    /// Every change, newest first.
    async fn ledger(&self, account: &AccountId, page: &PageRequest) -> Result<Page<LedgerEntry>, PortError>;
}

/// API keys.
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// By hash.
    async fn by_hash(&self, hash: &str) -> Result<Option<ApiKey>, PortError>;
    /// Of an account.
    async fn keys(&self, account: &AccountId) -> Result<Vec<ApiKey>, PortError>;
    /// Adds one. `false` if its account does not exist any more.
    async fn add(&self, key: &ApiKey) -> Result<bool, PortError>;
    /// Takes one away. `false` if it is not there.
    async fn revoke(&self, account: &AccountId, id: &KeyId) -> Result<bool, PortError>;
}

/// Everything that the table knows of an account.
#[async_trait]
pub trait Records: Send + Sync {
    /// Takes all of it away, API keys too. Doing it twice does no harm.
    async fn erase(&self, account: &AccountId) -> Result<(), PortError>;
}

/// Counters of requests.
#[async_trait]
pub trait RateCounters: Send + Sync {
    /// Counts one request and says how many there have been in the window that `now` lies in.
    async fn count(&self, subject: &str, window: Duration, now: Timestamp) -> Result<u32, PortError>;
}

/// A feedback form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// When.
    pub at: Timestamp,
    /// Who, if they are signed in.
    pub account: Option<AccountId>,
    /// Where to answer, if they want that.
    pub reply_to: Option<String>,
    /// What they say.
    pub message: String,
}

/// Where feedback is kept.
#[async_trait]
pub trait FeedbackBox: Send + Sync {
    /// Keeps it for a year.
    async fn keep(&self, feedback: &Feedback) -> Result<(), PortError>;
}

/// Mail to people.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends a plain text.
    async fn send(
        &self,
        to: &str,
        reply_to: Option<&str>,
        subject: &str,
        text: &str,
    ) -> Result<(), PortError>;
}

/// Where jobs wait whose upload is there: pictures that the image function shall try again, and videos.
#[async_trait]
pub trait WorkQueue: Send + Sync {
    /// Queues a job, for the try that it stands at.
    async fn enqueue(&self, job: &Job) -> Result<(), PortError>;
}

/// Where it is said that the work on a video shall end: its owner has given it up.
#[async_trait]
pub trait StopQueue: Send + Sync {
    /// Has the work on a job stopped, for the try that it stands at.
    async fn stop(&self, job: &Job) -> Result<(), PortError>;
}

/// Machines that work on videos.
#[async_trait]
pub trait VideoMachines: Send + Sync {
    /// Has a queued job worked on, for the try that it stands at. Twice is once, as long as the first
    /// is still known there.
    async fn submit(&self, job: &Job) -> Result<(), PortError>;
    /// Stops the work on a job, if there is any. The worker notices by itself too, seconds later.
    async fn stop(&self, job: &Job) -> Result<(), PortError>;
}

/// A part of an upload that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedPart {
    /// From 1.
    pub number: u32,
    /// Its size.
    pub size_bytes: u64,
    /// S3's entity tag.
    pub tag: String,
}

/// Uploads in parts.
#[async_trait]
pub trait Multipart: Send + Sync {
    /// Begins one and says its name.
    async fn begin(&self, key: &str, media_type: &str) -> Result<String, PortError>;
    /// A link for one PUT of one part of exactly this length.
    async fn part(
        &self,
        key: &str,
        upload: &str,
        number: u32,
        size_bytes: u64,
        valid: Duration,
    ) -> Result<String, PortError>;
    /// The parts that have come, in their order. `None` if there is no such upload, as after its end.
    async fn parts(&self, key: &str, upload: &str) -> Result<Option<Vec<UploadedPart>>, PortError>;
    /// Makes a file of the parts. One that has been made already is no error.
    async fn finish(&self, key: &str, upload: &str, parts: &[UploadedPart]) -> Result<(), PortError>;
    /// Forgets the upload and its parts. One that is gone is no error.
    async fn abort(&self, key: &str, upload: &str) -> Result<(), PortError>;
}

/// Parts of files.
#[async_trait]
pub trait Ranges: Send + Sync {
    /// How large a file is, and its version. `None` if it is not there.
    async fn look(&self, key: &str) -> Result<Option<FileMetadata>, PortError>;
    /// Up to `length` bytes from `offset` of that version. `None` if it is not there any more.
    async fn range(
        &self,
        key: &str,
        version: &str,
        offset: u64,
        length: u64,
    ) -> Result<Option<Vec<u8>>, PortError>;
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMetadata {
    /// Its size.
    pub size_bytes: u64,
    /// S3's entity tag.
    pub version: String,
}

/// A file as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its key.
    pub key: String,
    /// Its size.
    pub size_bytes: u64,
}

/// A file's bytes and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileContent {
    /// All of it.
    pub bytes: Vec<u8>,
    /// S3's entity tag.
    pub version: String,
}

/// Signing links, without touching a file.
#[async_trait]
pub trait Links: Send + Sync {
    /// A link for one PUT of exactly this length and type.
    async fn upload(
        &self,
        key: &str,
        media_type: &str,
        size_bytes: u64,
        valid: Duration,
    ) -> Result<String, PortError>;
    /// A link to a file, which a browser saves under `name`.
    async fn download(&self, key: &str, name: &str, valid: Duration) -> Result<String, PortError>;
    /// A link to a file that a browser shows.
    async fn view(&self, key: &str, valid: Duration) -> Result<String, PortError>;
}

/// Files.
#[async_trait]
pub trait Files: Send + Sync {
    /// Reads a file of at most `limit` bytes. `None` if it is not there.
    async fn read(&self, key: &str, limit: u64) -> Result<Option<FileContent>, ReadFileError>;
    /// Writes a file.
    async fn write(&self, key: &str, media_type: &str, bytes: Vec<u8>) -> Result<(), PortError>;
    /// Writes what an open file of this machine holds, from where it stands to its end.
    async fn write_from(&self, key: &str, media_type: &str, file: File) -> Result<(), PortError>;
    /// Deletes a file. One that is gone is no error.
    async fn delete(&self, key: &str) -> Result<(), PortError>;
    /// Deletes every file of a folder; the folder's name ends with `/`.
    async fn delete_folder(&self, folder: &str) -> Result<(), PortError>;
    /// Every file of a folder.
    async fn list(&self, folder: &str) -> Result<Vec<StoredFile>, PortError>;
}

/// A file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFileError {
    /// It is larger than was asked for.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// What was asked for.
        limit: u64,
    },
    /// S3.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// What Cognito says to a person.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Email or password is wrong, or there is no such account: nobody is told which.
    #[error("email or password is wrong")]
    WrongCredentials,
    /// The email has not been confirmed.
    #[error("the email has not been confirmed")]
    NotConfirmed,
    /// The code is wrong or too old.
    #[error("the code is wrong or too old")]
    WrongCode,
    /// The password is too simple.
    #[error("the password is too simple")]
    WeakPassword,
    /// The session is over.
    #[error("the session is over")]
    SessionOver,
    /// Too many tries.
    #[error("too many tries")]
    TooManyTries,
    /// Cognito.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// What a session holds. Neither is ever logged.
#[derive(Clone)]
pub struct Tokens {
    /// For a quarter of an hour.
    pub access: String,
    /// Who it is; read once, at login.
    pub id: String,
    /// For a month. `None` when a session is refreshed.
    pub refresh: Option<String>,
}

/// What comes after email and password.
pub enum Login {
    /// A session.
    Session(Tokens),
    /// Cognito wants a one-time code as well.
    CodeWanted {
        /// Of whom: what Cognito calls them, whatever they signed in by.
        account: AccountId,
        /// Goes back with the code.
        session: String,
    },
}

/// Becoming a member.
#[async_trait]
pub trait SignUp: Send + Sync {
    /// Registers. An email that is taken is not an error: nobody is told.
    async fn register(&self, email: &str, password: &str, language: Language) -> Result<(), IdentityError>;
    /// Confirms an email.
    async fn confirm(&self, email: &str, code: &str) -> Result<(), IdentityError>;
    /// Sends another code.
    async fn resend(&self, email: &str) -> Result<(), IdentityError>;
}

/// Sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// By email and password.
    async fn login(&self, email: &str, password: &str) -> Result<Login, IdentityError>;
    /// By a one-time code, after [`Login::CodeWanted`].
    async fn answer_code(
        &self,
        account: &AccountId,
        session: &str,
        code: &str,
    ) -> Result<Tokens, IdentityError>;
    /// By a refresh token of that account.
    async fn refresh(&self, account: &AccountId, refresh: &str) -> Result<Tokens, IdentityError>;
    /// Ends a session for good.
    async fn revoke(&self, refresh: &str) -> Result<(), IdentityError>;
    /// Ends all of somebody's sessions, named by account or email. A browser that has one keeps what it was
    /// given last until that expires, and gets nothing new.
    async fn end_all(&self, who: &str) -> Result<(), IdentityError>;
}

/// Passwords.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Sends a code to an email, if there is such an account.
    async fn forgot(&self, email: &str) -> Result<(), IdentityError>;
    /// Sets a new password with that code.
    async fn reset(&self, email: &str, code: &str, password: &str) -> Result<(), IdentityError>;
    /// Changes it for who is signed in.
    async fn change(&self, access: &str, old: &str, new: &str) -> Result<(), IdentityError>;
}

/// Taking a member away.
#[async_trait]
pub trait AccountRemoval: Send + Sync {
    /// Deletes the user in the pool. One that is gone already is not an error.
    async fn delete_user(&self, account: &AccountId) -> Result<(), IdentityError>;
}
