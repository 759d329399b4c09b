//! One address for both servers. `X-Amz-Target` names the operation: DynamoDB's go to the table, requests
//! without it are S3's, and the script answers those of other services or refuses them.

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::files::Files;
use crate::script::{Reply, Script, Step};
use crate::{KEY, SECRET, http};

const DYNAMODB: &str = "DynamoDB_20120810";
/// Services with REST APIs: the path names the operation.
const REST: [(&str, &str, &str); 4] = [
    ("/v2/email/outbound-emails", "SES", "SendEmail"),
    ("/v1/submitjob", "Batch", "SubmitJob"),
    ("/v1/listjobs", "Batch", "ListJobs"),
    ("/v1/terminatejob", "Batch", "TerminateJob"),
];

#[derive(Clone)]
struct Front {
    script: Script,
    dynamodb: SocketAddr,
    s3: S3Service,
}

/// Starts both servers; returns the common endpoint and the table's own.
pub(crate) async fn start(folder: &Path, script: Script) -> (String, String) {
    let (listener, dynamodb) = listen().await;
    let database = dynoxide::Database::memory().expect("a database in memory");
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let mut s3 = S3ServiceBuilder::new(Files::new(folder));
    s3.set_auth(SimpleAuth::from_single(KEY, SECRET));
    let front = Front { script, dynamodb, s3: s3.build() };
    let router = Router::new().fallback(dispatch).layer(DefaultBodyLimit::disable()).with_state(front);
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}"), format!("http://{dynamodb}"))
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

async fn dispatch(State(front): State<Front>, request: Request) -> Response {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let rest = REST.iter().find(|(path, _, _)| *path == request.uri().path());
    let (service, operation) = match (target.and_then(|target| target.split_once('.')), rest) {
        (Some((service, operation)), _) => (service.to_owned(), operation.to_owned()),
        (None, Some((_, service, operation))) => ((*service).to_owned(), (*operation).to_owned()),
        (None, None) => return front.s3(request).await,
    };
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a whole body");
    front.script.note(&operation, &body);
    let step = front.script.take(&operation);
    let request = Request::from_parts(parts, Body::from(body));
    let carry_out =
        async { if service == DYNAMODB { front.dynamodb(request).await } else { not_embedded(&operation) } };
    match step {
        None => carry_out.await,
        Some(Step::Instead(reply)) => reply.into_response(),
        Some(Step::Afterwards(reply)) => {
            let status = carry_out.await.status();
            assert!(status.is_success(), "{operation} must succeed before its response is lost: {status}");
            reply.into_response()
        }
        Some(Step::Hold(gate)) => {
            gate.pass().await;
            carry_out.await
        }
    }
}

fn not_embedded(operation: &str) -> Response {
    Reply::error(501, "NotEmbedded", &format!("{operation} is not embedded")).into_response()
}

impl Front {
    async fn dynamodb(&self, request: Request) -> Response {
        let (mut parts, body) = request.into_parts();
        parts.uri = format!("http://{}/", self.dynamodb).parse::<Uri>().expect("a URL");
        let answer = http::send(Request::from_parts(parts, body)).await;
        answer.map(|body: Bytes| Body::from(body))
    }

    async fn s3(&self, request: Request) -> Response {
        match self.s3.clone().oneshot(request).await {
            Ok(answer) => answer.map(Body::new),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}")).into_response(),
        }
    }
}
