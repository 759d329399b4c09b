//! The list of routes. A line here, a file beside it, a program in `bin/`, a function in the template.

use axum::Router;
use sansfond_boot::Boot;
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

macro_rules! list {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])* pub mod $name;)*

        /// The names of all routes: of their programs and, in capitals, of their functions.
        pub const NAMES: &[&str] = &[$(stringify!($name),)* "docs"];

        #[derive(OpenApi)]
        #[openapi(paths($($name::handle,)* docs::openapi_json), components(schemas(sansfond_web::ProblemBody)))]
        struct Paths;

        /// The description of these routes. Each operation has the name of its program.
        #[must_use]
        pub fn openapi() -> utoipa::openapi::OpenApi {
            let mut whole = Paths::openapi();
            $(name::<$name::__path_handle>(&mut whole, stringify!($name));)*
            whole
        }

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

fn name<P: utoipa::Path>(whole: &mut utoipa::openapi::OpenApi, name: &str) {
    let Some(item) = whole.paths.paths.get_mut(&P::path()) else { return };
    for method in P::methods() {
        let operation = match method {
            HttpMethod::Get => &mut item.get,
            HttpMethod::Put => &mut item.put,
            HttpMethod::Post => &mut item.post,
            HttpMethod::Delete => &mut item.delete,
            HttpMethod::Options => &mut item.options,
            HttpMethod::Head => &mut item.head,
            HttpMethod::Patch => &mut item.patch,
            HttpMethod::Trace => &mut item.trace,
        };
        if let Some(operation) = operation {
            operation.operation_id = Some(name.to_owned());
        }
    }
}

// For the description only: what the rules read is `sansfond_domain::ImageOptions` and its fields.

/// What a cutout shall look like.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImageOptions)]
#[allow(dead_code, reason = "describes what another type reads")]
pub(crate) struct OptionsSchema {
    /// `png` if it is left out; `auto` is PNG if anything is transparent, else JPEG.
    #[schema(nullable = false)]
    format: Option<Format>,
    /// `rgba` if it is left out; `alpha` is the matte alone.
    #[schema(nullable = false)]
    channels: Option<Channels>,
    /// `transparent`, `blur` or a colour like `#ffcc00`.
    #[schema(
        default = "transparent",
        nullable = false,
        pattern = "^(transparent|blur|#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8}))?$"
    )]
    background: Option<String>,
    /// Cut the empty border away.
    #[schema(default = false, nullable = false)]
    crop: Option<bool>,
    /// Percent of the subject's size that stays around it, 0 to 50.
    #[schema(default = 0, minimum = 0, maximum = 50, nullable = false)]
    crop_margin: Option<u8>,
    /// A soft shadow.
    #[schema(default = false, nullable = false)]
    shadow: Option<bool>,
}

/// A file format.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    Auto,
    Png,
    Webp,
    Jpg,
    Zip,
}

/// Colours and alpha, or alpha alone.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Channels {
    Rgba,
    Alpha,
}

/// English or French.
#[derive(utoipa::ToSchema)]
#[schema(as = Language, rename_all = "lowercase")]
#[allow(dead_code, reason = "describes what another type reads")]
pub(crate) enum LanguageSchema {
    En,
    Fr,
}
