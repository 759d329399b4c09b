//! The list of routes. Two lines here, a file beside it, a function in the template. The order is that of the API
//! description.

pub mod cancel_job;
pub mod change_password;
pub mod confirm;
pub mod create_key;
pub mod create_upload;
pub mod delete_job;
pub mod delete_me;
pub mod docs;
pub mod export_me;
pub mod finish_upload;
pub mod forgot_password;
pub mod get_config;
pub mod get_job;
pub mod get_me;
pub mod get_upload;
pub mod get_usage;
pub mod list_jobs;
pub mod list_keys;
pub mod list_ledger;
pub mod login;
pub mod logout;
pub mod refresh;
pub mod register;
pub mod remove_video_background;
pub mod resend_code;
pub mod reset_password;
pub mod retry_job;
pub mod revoke_key;
pub mod send_feedback;
pub mod update_me;
pub mod watch_job;

use axum::Router;
use sansfond_boot::{Boot, Function, run_route};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// What follows from the list of routes.
macro_rules! routes {
    ($($name:ident)*) => {
        /// Every route as a function of its own.
        pub const FUNCTIONS: &[Function] =
            &[$((stringify!($name), || run_route($name::router)),)* ("docs", || run_route(docs::router))];

        #[derive(OpenApi)]
        #[openapi(paths($($name::handle,)* docs::openapi_json), components(schemas(sansfond_web::ProblemBody)))]
        struct Paths;

        /// The description of these routes. Each operation has the name of its function.
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

routes! {
    register
    confirm
    resend_code
    login
    refresh
    logout
    forgot_password
    reset_password
    change_password
    get_me
    update_me
    delete_me
    export_me
    create_upload
    get_job
    list_jobs
    watch_job
    cancel_job
    retry_job
    delete_job
    remove_video_background
    get_upload
    finish_upload
    get_usage
    list_ledger
    send_feedback
    get_config
    create_key
    list_keys
    revoke_key
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
