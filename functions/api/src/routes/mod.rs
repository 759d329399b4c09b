//! The routes, one file each. `make generate` writes the list below from the files, and the template from the
//! `FUNCTION` of each file.

use axum::Router;
use sansfond_boot::{Boot, Function};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

/// Everything that is derived from the list of routes.
macro_rules! list {
    ($($name:ident)*) => {
        $(pub mod $name;)*

        /// Every route as a function of its own.
        pub const FUNCTIONS: &[Function] = &[$($name::FUNCTION,)*];

        #[derive(OpenApi)]
        #[openapi(paths($($name::handle),*), components(schemas(sansfond_web::ProblemBody)))]
        struct Paths;

        /// The OpenAPI document of these routes. The ID of an operation is the name of its function.
        #[must_use]
        pub fn openapi() -> utoipa::openapi::OpenApi {
            let mut whole = Paths::openapi();
            $(name::<$name::__path_handle>(&mut whole, $name::FUNCTION.name);)*
            whole
        }

        /// All routes as one router, each with its own middleware, for tests and measurements.
        pub fn all(boot: &Boot) -> anyhow::Result<Router> {
            let routers = [$($name::router(boot)?),*];
            Ok(routers.into_iter().fold(Router::new(), Router::merge))
        }
    };
}

// Generated.
list! {
    cancel_job
    change_password
    confirm
    create_key
    create_upload
    delete_job
    delete_me
    docs
    export_me
    finish_upload
    forgot_password
    get_config
    get_job
    get_me
    get_upload
    get_usage
    list_jobs
    list_keys
    list_ledger
    login
    logout
    refresh
    register
    remove_video_background
    resend_code
    reset_password
    retry_job
    revoke_key
    send_feedback
    update_me
    watch_job
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
