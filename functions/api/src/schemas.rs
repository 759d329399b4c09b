//! For the description only: types of the domain as clients write and read them. The closed lists are
//! made from the domain's own; nothing is listed here a second time.

use std::borrow::Cow;

use sansfond_domain::credits::{PlanChange, Reason, Source};
use sansfond_domain::upload::{PICTURE_TYPES, VIDEO_TYPES};
use sansfond_domain::{Failure, JobKind, JobState, Language};
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
    KindSchema "JobKind" "What a job works on." JobKind::ALL.map(JobKind::name);
    StateSchema "JobState" "Where a job stands." JobState::ALL.map(JobState::name);
    FailureSchema "FailureCode" "Why a job failed, for programs." Failure::ALL.map(Failure::code);
    ReasonSchema "LedgerReason" "What happened to the job." Reason::ALL.map(Reason::name);
    PlanChangeSchema "PlanChange" "What happened to the plan." PlanChange::ALL.map(PlanChange::name);
    SourceSchema "CreditSource" "What credits come from." Source::ALL.map(Source::name);
    VideoTypeSchema "VideoType" "A media type of a video that can be sent." VIDEO_TYPES;
    LanguageSchema "Language" "English or French." Language::ALL.map(Language::code);
    PictureTypeSchema "PictureType" "A media type that can be cut out." PICTURE_TYPES;
}
