//! The ports of the domain: narrow traits, so that a signature shows what a route may access.

use std::fs::File;
use std::time::Duration;

use async_trait::async_trait;

use crate::rules::{Decision, Refusal, Snapshot};
use crate::{
    Account, AccountId, ApiKey, Balance, Job, JobId, JobKind, JobState, KeyId, Language, LedgerEntry,
    RecordKey, Timestamp,
};

/// A call to an external service failed.
#[derive(Debug, thiserror::Error)]
#[error("{service} failed ({operation})")]
pub struct PortError {
    /// The service.
    pub service: &'static str,
    /// The operation that failed.
    pub operation: &'static str,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// The service's own error, for the log.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// One page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items of the page.
    pub items: Vec<T>,
    /// The start of the next page; `None` on the last one.
    pub next: Option<String>,
}

/// A request for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The maximum number of items.
    pub limit: u32,
    /// [`Page::next`] of the previous page.
    pub after: Option<String>,
}

/// Accounts.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Reads an account.
    async fn account(&self, id: &AccountId) -> Result<Option<Account>, PortError>;
    /// Creates an account. An existing one stays unchanged, and so does one that was removed less than a quarter of an
    /// hour before.
    async fn create(&self, account: &Account) -> Result<(), PortError>;
    /// Changes the language. `false` if there is no such account.
    async fn set_language(&self, id: &AccountId, language: Language) -> Result<bool, PortError>;
    /// Ends the power of earlier sessions: [`ApiKeys::add`] refuses a session that was issued before `since`. Without
    /// an account this has no effect.
    async fn end_sessions_before(&self, id: &AccountId, since: Timestamp) -> Result<(), PortError>;
}

/// The rows that a rule reads before it decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The account.
    pub account: AccountId,
    /// The job. For a new job it is set too, so that a repeated call finds the job that an earlier one wrote.
    pub job: Option<JobId>,
    /// The records. A rule writes no others.
    pub records: Vec<RecordKey>,
    /// The job whose video a new job reuses, if any.
    pub source: Option<JobId>,
}

impl Scope {
    /// A job, its account and balance.
    #[must_use]
    pub const fn of(account: AccountId, job: JobId) -> Self {
        Self { account, job: Some(job), records: Vec::new(), source: None }
    }

    /// An account, its balance and records, without a job.
    #[must_use]
    pub const fn of_records(account: AccountId, records: Vec<RecordKey>) -> Self {
        Self { account, job: None, records, source: None }
    }
}

/// A rule could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum TransactionError {
    /// The rule rejected the operation.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many concurrent writes changed the same rows.
    #[error("too many concurrent changes of this account")]
    Contended,
    /// The table failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// A rule: a function from a snapshot to a decision. It is called again if its rows have changed in the meantime.
pub type Rule<'a> = &'a (dyn Fn(&Snapshot) -> Result<Decision, Refusal> + Send + Sync);

/// The decision of a rule, and the snapshot that it is based on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The decision, which has been written.
    pub decision: Decision,
    /// The rows before the write.
    pub seen: Snapshot,
}

/// Transactions on jobs and credits.
#[async_trait]
pub trait Transactions: Send + Sync {
    /// Reads the rows of `scope`, calls `rule` and writes its decision in one transaction. Repeats this if any of
    /// the rows have changed in the meantime.
    async fn apply(&self, scope: &Scope, rule: Rule<'_>) -> Result<Applied, TransactionError>;
    /// Reads the rows of `scope` without writing. They may have changed by the time the caller uses them.
    async fn snapshot(&self, scope: &Scope) -> Result<Snapshot, PortError>;
}

/// A filter for the jobs of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobFilter {
    /// Only jobs in this state; `None` is every state.
    pub state: Option<JobState>,
    /// Only jobs of this kind; `None` is every kind.
    pub kind: Option<JobKind>,
}

/// Reading jobs.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Reads a job of an account.
    async fn job(&self, account: &AccountId, id: &JobId) -> Result<Option<Job>, PortError>;
    /// Lists the jobs of an account, newest first. If few jobs pass the filter, a page may be short or even empty
    /// although there is a next one.
    async fn jobs(
        &self,
        account: &AccountId,
        filter: &JobFilter,
        page: &PageRequest,
    ) -> Result<Page<Job>, PortError>;
    /// Lists the open jobs of all accounts that are due, the longest overdue first.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Job>, PortError>;
    /// Deletes the row of a job that has ended. `false` if the job is open or does not exist.
    async fn forget(&self, account: &AccountId, id: &JobId) -> Result<bool, PortError>;
}

/// Videos that several jobs of an account share. [`Transactions`] stores which jobs those are.
#[async_trait]
pub trait Sources: Send + Sync {
    /// Records that a job no longer needs its video, and returns whether another job does. A repeated call returns
    /// the same.
    async fn release(&self, job: &Job) -> Result<bool, PortError>;
}

/// Reading credits and the ledger.
#[async_trait]
pub trait Balances: Send + Sync {
    /// Reads the balance as last written; `None` before its first change.
    async fn balance(&self, account: &AccountId) -> Result<Option<Balance>, PortError>;
    /// Lists the lines of the ledger, newest first.
    async fn ledger(&self, account: &AccountId, page: &PageRequest) -> Result<Page<LedgerEntry>, PortError>;
}

/// The outcome of adding an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAdded {
    /// The key has been added.
    Added,
    /// The account has [`crate::api_key::MAX_KEYS`] keys already.
    TooMany,
    /// The account no longer exists, or the session ended when the password was changed.
    SessionOver,
}

/// API keys.
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// Finds a key by its hash.
    async fn by_hash(&self, hash: &str) -> Result<Option<ApiKey>, PortError>;
    /// Lists the keys of an account.
    async fn keys(&self, account: &AccountId) -> Result<Vec<ApiKey>, PortError>;
    /// Adds a key, with its event, for a session that was issued at `session_issued_at`.
    async fn add(&self, key: &ApiKey, session_issued_at: Timestamp) -> Result<KeyAdded, PortError>;
    /// Deletes a key. `false` if it does not exist.
    async fn revoke(&self, account: &AccountId, id: &KeyId) -> Result<bool, PortError>;
}

/// All rows of an account.
#[async_trait]
pub trait Records: Send + Sync {
    /// Deletes all rows of the account, including its API keys. Idempotent.
    ///
    /// Its profile is replaced by a mark without personal data, so that a session that still exists can neither
    /// create the account again nor write anything for it. The mark expires a day after `at`, when the last session
    /// has ended. See [`Accounts::create`] for a removal that was interrupted.
    async fn erase(&self, account: &AccountId, at: Timestamp) -> Result<(), PortError>;
}

/// Counters of requests.
#[async_trait]
pub trait RateCounters: Send + Sync {
    /// Counts one request and returns the number of requests in the window that contains `now`.
    async fn count(&self, subject: &str, window: Duration, now: Timestamp) -> Result<u32, PortError>;
    /// Takes back a request that was counted at `counted_at` with the same subject and window, because it has ended.
    async fn uncount(&self, subject: &str, window: Duration, counted_at: Timestamp) -> Result<(), PortError>;
}

/// Feedback for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// The time of the message.
    pub at: Timestamp,
    /// The sender's account, if signed in.
    pub account: Option<AccountId>,
    /// The address for a reply, if the sender wants one.
    pub reply_to: Option<String>,
    /// The message.
    pub message: String,
}

/// Stores feedback.
#[async_trait]
pub trait FeedbackBox: Send + Sync {
    /// Stores a message for one year.
    async fn keep(&self, feedback: &Feedback) -> Result<(), PortError>;
}

/// Sends emails.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends an email in plain text.
    async fn send(
        &self,
        to: &str,
        reply_to: Option<&str>,
        subject: &str,
        text: &str,
    ) -> Result<(), PortError>;
}

/// Queues of uploaded jobs: retried pictures for the image function, and videos.
#[async_trait]
pub trait WorkQueue: Send + Sync {
    /// Queues the current try of a job.
    async fn enqueue(&self, job: &Job) -> Result<(), PortError>;
}

/// Queue of videos to stop because their owner cancelled them.
#[async_trait]
pub trait StopQueue: Send + Sync {
    /// Queues a request to stop the current try of a job.
    async fn stop(&self, job: &Job) -> Result<(), PortError>;
}

/// Machines that process videos.
#[async_trait]
pub trait VideoMachines: Send + Sync {
    /// Submits the current try of a queued job. A repeated call has no effect as long as the first submission is
    /// still known.
    async fn submit(&self, job: &Job) -> Result<(), PortError>;
    /// Stops the worker of a job, if there is one. Without this call, the worker notices seconds later by itself.
    async fn stop(&self, job: &Job) -> Result<(), PortError>;
}

/// An uploaded part of a multipart upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedPart {
    /// The number of the part, from 1.
    pub number: u32,
    /// The size, in bytes.
    pub size_bytes: u64,
    /// S3's entity tag.
    pub tag: String,
}

/// Multipart uploads.
#[async_trait]
pub trait Multipart: Send + Sync {
    /// Starts an upload and returns its ID.
    async fn begin(&self, key: &str, media_type: &str) -> Result<String, PortError>;
    /// Signs a link for one PUT of one part of exactly this size.
    async fn part(
        &self,
        key: &str,
        upload: &str,
        number: u32,
        size_bytes: u64,
        valid: Duration,
    ) -> Result<String, PortError>;
    /// Lists the uploaded parts, in order. `None` if there is no such upload, as after its completion.
    async fn parts(&self, key: &str, upload: &str) -> Result<Option<Vec<UploadedPart>>, PortError>;
    /// Completes an upload: joins its parts into a file. A completed upload is not an error.
    async fn finish(&self, key: &str, upload: &str, parts: &[UploadedPart]) -> Result<(), PortError>;
    /// Aborts an upload and deletes its parts. An upload that does not exist is not an error.
    async fn abort(&self, key: &str, upload: &str) -> Result<(), PortError>;
}

/// Range requests.
#[async_trait]
pub trait Ranges: Send + Sync {
    /// Reads the size and version of a file. `None` if it does not exist.
    async fn look(&self, key: &str) -> Result<Option<FileMetadata>, PortError>;
    /// Reads up to `length` bytes from `offset` of a version of a file. `None` if that version no longer exists.
    async fn range(
        &self,
        key: &str,
        version: &str,
        offset: u64,
        length: u64,
    ) -> Result<Option<Vec<u8>>, PortError>;
}

/// The metadata of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMetadata {
    /// The size, in bytes.
    pub size_bytes: u64,
    /// S3's entity tag.
    pub version: String,
}

/// An entry in the list of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// The storage key.
    pub key: String,
    /// The size, in bytes.
    pub size_bytes: u64,
}

/// A file's bytes and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileContent {
    /// The whole content.
    pub bytes: Vec<u8>,
    /// S3's entity tag.
    pub version: String,
}

/// Signs links. No file is accessed.
#[async_trait]
pub trait Links: Send + Sync {
    /// Signs a link for one PUT of exactly this size and type.
    async fn upload(
        &self,
        key: &str,
        media_type: &str,
        size_bytes: u64,
        valid: Duration,
    ) -> Result<String, PortError>;
    /// Signs a link to a file, which a browser saves under `name`.
    async fn download(&self, key: &str, name: &str, valid: Duration) -> Result<String, PortError>;
    /// Signs a link to a file, which a browser displays.
    async fn view(&self, key: &str, valid: Duration) -> Result<String, PortError>;
}

/// Files.
#[async_trait]
pub trait Files: Send + Sync {
    /// Reads a file of at most `limit` bytes. `None` if it does not exist.
    async fn read(&self, key: &str, limit: u64) -> Result<Option<FileContent>, ReadFileError>;
    /// Writes a file.
    async fn write(&self, key: &str, media_type: &str, bytes: Vec<u8>) -> Result<(), PortError>;
    /// Writes the content of an open local file, from its current position to its end.
    async fn write_from(&self, key: &str, media_type: &str, file: File) -> Result<(), PortError>;
    /// Deletes a file. A missing file is not an error.
    async fn delete(&self, key: &str) -> Result<(), PortError>;
    /// Deletes every file of a folder; the folder's name ends with `/`.
    async fn delete_folder(&self, folder: &str) -> Result<(), PortError>;
    /// Lists all files of a folder; the folder's name ends with `/`.
    async fn list(&self, folder: &str) -> Result<Vec<StoredFile>, PortError>;
}

/// A file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFileError {
    /// The file is larger than the limit.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// S3 failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Cognito rejected a request, or failed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Email or password is wrong, the email has not been confirmed, or there is no such account. The response does
    /// not tell which.
    #[error("email or password is wrong")]
    WrongCredentials,
    /// The email has been confirmed, but its password was not set. A password reset sets one.
    #[error("the email has been confirmed, but its password was not set")]
    PasswordNotSet(#[source] PortError),
    /// The code is wrong or too old.
    #[error("the code is wrong or too old")]
    WrongCode,
    /// The password is too simple.
    #[error("the password is too simple")]
    WeakPassword,
    /// The session has ended.
    #[error("the session has ended")]
    SessionOver,
    /// Too many attempts.
    #[error("too many attempts")]
    TooManyTries,
    /// Cognito failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// The tokens of a session. They are never logged.
#[derive(Clone)]
pub struct Tokens {
    /// The access token, valid for 15 minutes.
    pub access: String,
    /// The ID token, which identifies the account. It is read once, at login.
    pub id: String,
    /// The refresh token, valid for a month. `None` when a session is refreshed.
    pub refresh: Option<String>,
}

/// The result of a login by email and password.
pub enum Login {
    /// A new session.
    Session(Tokens),
    /// Cognito requires a one-time code as well.
    CodeWanted {
        /// The account's ID at Cognito, whatever the user signed in with.
        account: AccountId,
        /// Cognito's session, to be sent with the code.
        session: String,
    },
}

/// Registration.
#[async_trait]
pub trait SignUp: Send + Sync {
    /// Registers an account without a password and sends a confirmation code. If the email is registered but not
    /// confirmed, sends a new code. An email that is already confirmed is not an error, so that the response does not
    /// reveal it.
    async fn register(&self, email: &str, language: Language) -> Result<(), IdentityError>;
    /// Confirms an email by a code and sets the password. Whoever has the code has the mailbox, so nobody else can
    /// choose the password.
    async fn confirm(&self, email: &str, code: &str, password: &str) -> Result<(), IdentityError>;
    /// Sends a new confirmation code.
    async fn resend(&self, email: &str) -> Result<(), IdentityError>;
}

/// Sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Signs in by email and password.
    async fn login(&self, email: &str, password: &str) -> Result<Login, IdentityError>;
    /// Signs in by a one-time code, after [`Login::CodeWanted`].
    async fn answer_code(
        &self,
        account: &AccountId,
        session: &str,
        code: &str,
    ) -> Result<Tokens, IdentityError>;
    /// Renews a session by its refresh token.
    async fn refresh(&self, account: &AccountId, refresh: &str) -> Result<Tokens, IdentityError>;
    /// Revokes a session.
    async fn revoke(&self, refresh: &str) -> Result<(), IdentityError>;
    /// Revokes all sessions of a user, given by account ID or email. Access tokens stay valid until they expire and
    /// cannot be renewed.
    async fn end_all(&self, user: &str) -> Result<(), IdentityError>;
}

/// Passwords.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Sends a code for a new password, if an account with this email exists.
    async fn forgot(&self, email: &str) -> Result<(), IdentityError>;
    /// Sets a new password with that code and returns the account.
    async fn reset(&self, email: &str, code: &str, password: &str) -> Result<AccountId, IdentityError>;
    /// Changes the password of the signed-in user.
    async fn change(&self, access: &str, old: &str, new: &str) -> Result<(), IdentityError>;
}

/// Deletes users.
#[async_trait]
pub trait AccountRemoval: Send + Sync {
    /// Deletes the user in the pool. A user that does not exist is not an error.
    async fn delete_user(&self, account: &AccountId) -> Result<(), IdentityError>;
}
