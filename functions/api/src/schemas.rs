//! OpenAPI schemas of domain types. The values of enums come from the domain, so that no list is written twice.

use std::borrow::Cow;

use sansfond_domain::credits::{PlanChange, Reason, Source};
use sansfond_domain::upload::{PICTURE_TYPES, VIDEO_TYPES};
use sansfond_domain::{Failure, JobKind, JobState};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! lists {
    ($($schema:ident $name:literal $about:literal $names:expr;)*) => {$(
        #[doc = $about]
        pub(crate) enum $schema {}

        impl PartialSchema for $schema {
            fn schema() -> RefOr<Schema> {
                let list = ObjectBuilder::new().schema_type(Type::String).enum_values(Some($names));
                list.description(Some($about)).build().into()
            }
        }

        impl ToSchema for $schema {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    )*};
}

lists! {
    KindSchema "JobKind" "The kind of file that a job processes." JobKind::ALL.map(JobKind::name);
    StateSchema "JobState" "The state of a job. `pending`: the file has not been uploaded yet. `queued`: the job is waiting for a worker. `processing`: a worker is processing the file. `completed`: the result is ready. `failed`, `cancelled`, `expired` (the file was not uploaded in time): the job ended without a result. A failed or cancelled job can be retried." JobState::ALL.map(JobState::name);
    FailureSchema "FailureCode" "A stable code for the reason that a job failed." Failure::ALL.map(Failure::code);
    ReasonSchema "LedgerReason" "The event that changed the credits. `reserved`: the job was created or retried. `kept`: it completed. `failed`, `cancelled`, `expired`: it ended without a result, and its credits were returned." Reason::ALL.map(Reason::name);
    PlanChangeSchema "PlanChange" "Whether a plan started or was renewed." PlanChange::ALL.map(PlanChange::name);
    SourceSchema "CreditSource" "The kind of credits that a job uses: the allowance of the plan, granted credits or purchased credits. `free`: the job costs no credits." Source::ALL.map(Source::name);
    VideoTypeSchema "VideoType" "The media type of a video file." VIDEO_TYPES;
    LanguageSchema "Language" "The code of a supported language." sansfond_texts::languages().map(String::from);
    PictureTypeSchema "ImageType" "The media type of an image file." PICTURE_TYPES;
}
