//! OpenAPI schemas of domain types. The values of enums come from the domain, so that no list is written twice.

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
    KindSchema "JobKind" "The kind of file that a job processes." JobKind::ALL.map(JobKind::name);
    StateSchema "JobState" "The state of a job. `pending`: the file is not uploaded yet. `queued`: the job waits for a worker. `processing`: a worker processes the file. `completed`: the result is ready. `failed`, `cancelled`, `expired` (the file was not uploaded in time): the job ended without a result. A failed or cancelled job can be retried." JobState::ALL.map(JobState::name);
    FailureSchema "FailureCode" "A stable code for the reason why a job failed." Failure::ALL.map(Failure::code);
    ReasonSchema "LedgerReason" "The event that changed the credits. `reserved`: the job was created or retried. `kept`: it completed. `failed`, `cancelled`, `expired`: it ended without a result, and its credits were returned." Reason::ALL.map(Reason::name);
    PlanChangeSchema "PlanChange" "Whether a plan started or was renewed." PlanChange::ALL.map(PlanChange::name);
    SourceSchema "CreditSource" "The credits that a job uses: the allowance of the plan, granted or purchased credits. `free`: the job costs no credits." Source::ALL.map(Source::name);
    FormatSchema "ImageFormat" "The file format of an image result. `auto` is PNG if the result has transparent pixels, otherwise JPEG. `zip` contains the colors as JPEG and the matte as PNG." Format::ALL.map(Format::name);
    VideoFormatSchema "VideoFormat" "The file format of a video result. `webm` (VP9), `mov` (ProRes 4444), `webp`, `gif` and `png` (a ZIP file of numbered frames) can be transparent. `mp4` (H.264) needs a background. `matte` is the alpha matte as H.264. `zip` contains `color.mp4` and `alpha.mp4`." VideoFormat::ALL.map(VideoFormat::name);
    VideoTypeSchema "VideoType" "The media type of a video file." VIDEO_TYPES;
    ChannelsSchema "Channels" "The channels of the result. `rgba`: color and alpha. `alpha`: only the alpha matte, in gray." Channels::ALL.map(Channels::name);
    LanguageSchema "Language" "The code of a supported language." sansfond_texts::languages().map(String::from);
    PictureTypeSchema "ImageType" "The media type of an image file." PICTURE_TYPES;
}

/// The schema of `sansfond_domain::VideoOptions`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VideoOptions, description = "The options of a video result.")]
#[allow(dead_code, reason = "describes what another type reads")]
pub(crate) struct VideoOptionsSchema {
    /// The file format. Defaults to `webm`. `mp4` needs a background. `gif`, `webp`, `png` and `matte` have no sound.
    #[schema(value_type = Option<VideoFormatSchema>, nullable = false)]
    format: Option<VideoFormat>,
    /// The background: `transparent`, `blur`, a color such as `#ffcc00`, or `picture` for the image in `backdrop`.
    #[schema(
        default = "transparent",
        nullable = false,
        pattern = "^(transparent|blur|picture|#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8}))?$"
    )]
    background: Option<String>,
    /// Start of the part to process, in milliseconds from the first frame.
    #[schema(default = 0, nullable = false)]
    from_ms: Option<u64>,
    /// End of the part to process, in milliseconds from the first frame. Defaults to the end of the video.
    until_ms: Option<u64>,
    /// Keeps the sound, if the format supports it.
    #[schema(default = true, nullable = false)]
    sound: Option<bool>,
    /// Reduces flicker at the edges by comparing neighboring frames.
    #[schema(default = true, nullable = false)]
    steady: Option<bool>,
    /// Creates a free preview: the first three seconds of the part, at a reduced size.
    #[schema(default = false, nullable = false)]
    preview: Option<bool>,
    /// Sends an email when the job ends.
    #[schema(default = false, nullable = false)]
    notify: Option<bool>,
}

/// The schema of `sansfond_domain::ImageOptions`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImageOptions, description = "The options of an image result.")]
#[allow(dead_code, reason = "describes what another type reads")]
pub(crate) struct OptionsSchema {
    /// The file format. Defaults to `png`.
    #[schema(value_type = Option<FormatSchema>, nullable = false)]
    format: Option<Format>,
    /// The channels. Defaults to `rgba`.
    #[schema(value_type = Option<ChannelsSchema>, nullable = false)]
    channels: Option<Channels>,
    /// The background: `transparent`, `blur` or a color such as `#ffcc00`.
    #[schema(
        default = "transparent",
        nullable = false,
        pattern = "^(transparent|blur|#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8}))?$"
    )]
    background: Option<String>,
    /// Crops the result to the subject.
    #[schema(default = false, nullable = false)]
    crop: Option<bool>,
    /// The margin around a cropped subject, in percent of its size, 0 to 50.
    #[schema(default = 0, minimum = 0, maximum = 50, nullable = false)]
    crop_margin: Option<u8>,
    /// Adds a soft shadow.
    #[schema(default = false, nullable = false)]
    shadow: Option<bool>,
}
