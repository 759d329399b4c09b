//! The list of routes. A line here, a file beside it, a program in `bin/`, a function in the template.

use axum::Router;
use sansfond_boot::Boot;
use utoipa::OpenApi;

macro_rules! list {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])* pub mod $name;)*

        /// The names of all routes: of their programs and, in capitals, of their functions.
        pub const NAMES: &[&str] = &[$(stringify!($name),)* "docs"];

        #[derive(OpenApi)]
        #[openapi(paths($($name::handle,)* docs::openapi_json), components(schemas(sansfond_web::ProblemBody)))]
        struct Paths;

        /// All routes as one router, each in its own frame: for tests and measurements.
        ///
        /// # Errors
        /// If a setting is missing.
        pub fn all(boot: &Boot) -> anyhow::Result<Router> {
            let routers = [$($name::router(boot)?,)* docs::router(boot)?];
            Ok(routers.into_iter().fold(Router::new(), Router::merge))
        }
    };
}

pub mod docs;

list! {
    /// Becoming a member.
    register;
    /// Confirming an e-mail.
    confirm;
    /// Another code, please.
    resend_code;
    /// Beginning a session.
    login;
    /// Renewing a session.
    refresh;
    /// Ending a session.
    logout;
    /// A code for a new password.
    forgot_password;
    /// A new password by code.
    reset_password;
    /// A new password for who is signed in.
    change_password;
    /// One's profile.
    get_me;
    /// Changing it.
    update_me;
    /// Leaving.
    delete_me;
    /// Everything about oneself, in a ZIP.
    export_me;
    /// Announcing an upload.
    create_upload;
    /// One job.
    get_job;
    /// One's jobs.
    list_jobs;
    /// A job's next change.
    watch_job;
    /// Giving a job up.
    cancel_job;
    /// Trying a job again.
    retry_job;
    /// Deleting a job and its files.
    delete_job;
    /// The door to videos.
    remove_video_background;
    /// What is left this month.
    get_usage;
    /// Every change of the credits.
    list_ledger;
    /// A word to the operator.
    send_feedback;
    /// Limits, plans and languages.
    get_config;
    /// A new API key.
    create_key;
    /// One's API keys.
    list_keys;
    /// Taking an API key away.
    revoke_key;
}

/// The description of these routes.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Paths::openapi()
}

/// The options of a cutout, for the description only; the rules read
/// [`sansfond_domain::ImageOptions`].
#[derive(utoipa::ToSchema)]
#[schema(as = ImageOptions)]
#[allow(dead_code, reason = "describes what another type reads")]
pub(crate) struct OptionsSchema {
    /// `auto`, `png`, `webp`, `jpg` or `zip`.
    #[schema(default = "png")]
    format: Option<String>,
    /// `rgba`, or `alpha` for the matte alone.
    #[schema(default = "rgba")]
    channels: Option<String>,
    /// `transparent`, `blur` or a colour like `#ffcc00`.
    #[schema(default = "transparent")]
    background: Option<String>,
    /// Cut the empty border away.
    #[schema(default = false)]
    crop: Option<bool>,
    /// Percent of the subject's size that stays around it, 0 to 50.
    #[schema(default = 0, minimum = 0, maximum = 50)]
    crop_margin: Option<u8>,
    /// A soft shadow.
    #[schema(default = false)]
    shadow: Option<bool>,
}
