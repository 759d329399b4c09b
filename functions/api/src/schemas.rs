//! For the description only: types of the domain as clients write and read them. The closed lists are
//! made from the domain's own; nothing is listed here a second time.

use std::borrow::Cow;

use sansfond_domain::credits::{PlanChange, Reason, Source};
use sansfond_domain::options::{Channels, Format};
use sansfond_domain::upload::{PICTURE_TYPES, VIDEO_TYPES};
use sansfond_domain::video_options::VideoFormat;
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
    KindSchema "JobKind" "What a job works on." JobKind::ALL.map(JobKind::name);
    StateSchema "JobState" "Where a job stands." JobState::ALL.map(JobState::name);
    FailureSchema "FailureCode" "Why a job failed, for programs." Failure::ALL.map(Failure::code);
    ReasonSchema "LedgerReason" "What happened to the job." Reason::ALL.map(Reason::name);
    PlanChangeSchema "PlanChange" "What happened to the plan." PlanChange::ALL.map(PlanChange::name);
    SourceSchema "CreditSource" "What credits come from." Source::ALL.map(Source::name);
    FormatSchema "Format" "A file format." Format::ALL.map(Format::name);
    VideoFormatSchema "VideoFormat" "A file that comes out of a video." VideoFormat::ALL.map(VideoFormat::name);
    VideoTypeSchema "VideoType" "A media type of a video that can be sent." VIDEO_TYPES;
    ChannelsSchema "Channels" "Colours and alpha, or alpha alone." Channels::ALL.map(Channels::name);
    LanguageSchema "Language" "A language, by its ISO 639-1 code." sansfond_texts::languages().map(String::from);
    PictureTypeSchema "PictureType" "A media type that can be cut out." PICTURE_TYPES;
}

/// What shall come out of a video. What the rules read is `sansfond_domain::VideoOptions`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VideoOptions, description = "What shall come out of a video.")]
#[allow(dead_code, reason = "describes what another type reads")]
pub(crate) struct VideoOptionsSchema {
    /// `webm` if it is left out. `mp4` wants a background; `gif`, `webp`, `png` and `matte` have no sound.
    #[schema(value_type = Option<VideoFormatSchema>, nullable = false)]
    format: Option<VideoFormat>,
    /// `transparent`, `blur`, a colour like `#ffcc00`, or `picture`: the one that comes as `backdrop`.
    #[schema(
        default = "transparent",
        nullable = false,
        pattern = "^(transparent|blur|picture|#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8}))?$"
    )]
    background: Option<String>,
    /// Where to begin, in milliseconds from the first frame.
    #[schema(default = 0, nullable = false)]
    from_ms: Option<u64>,
    /// Where to end; the end of the video if it is left out.
    until_ms: Option<u64>,
    /// Keep the sound.
    #[schema(default = true, nullable = false)]
    sound: Option<bool>,
    /// Steady the matte by looking at the frames around.
    #[schema(default = true, nullable = false)]
    steady: Option<bool>,
    /// Only the first three seconds, small and free of charge.
    #[schema(default = false, nullable = false)]
    preview: Option<bool>,
    /// Send a mail when it is done.
    #[schema(default = false, nullable = false)]
    notify: Option<bool>,
}

/// What a cutout shall look like. What the rules read is `sansfond_domain::ImageOptions`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImageOptions, description = "What a cutout shall look like.")]
#[allow(dead_code, reason = "describes what another type reads")]
pub(crate) struct OptionsSchema {
    /// `png` if it is left out; `auto` is PNG if anything is transparent, else JPEG.
    #[schema(value_type = Option<FormatSchema>, nullable = false)]
    format: Option<Format>,
    /// `rgba` if it is left out; `alpha` is the matte alone.
    #[schema(value_type = Option<ChannelsSchema>, nullable = false)]
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
