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
    /// Announcing a video.
    remove_video_background;
    /// What is missing of a video's upload.
    get_upload;
    /// The end of a video's upload.
    finish_upload;
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
