//! The settings of all functions, by their names in the template.

use std::time::Duration;

use anyhow::Result;
use sansfond_domain::{Plan, Previews};
use sansfond_telemetry::settings::{Secret, SettingError, optional};

macro_rules! settings {
    ($($(#[$doc:meta])* $field:ident $name:literal;)*) => {
        /// The settings of the environment. A function without a setting that it needs fails at its start.
        #[derive(Debug, Clone, Default)]
        pub struct Settings {
            $($(#[$doc])* pub $field: Option<String>,)*
            /// The free plan.
            pub free: Plan,
            /// The limits of previews.
            pub previews: Previews,
            /// How long files are stored.
            pub retention: Retention,
            /// The secret of the user pool's client; a local pool may have none.
            pub pool_client_secret: Option<Secret>,
            /// The secret that CloudFront adds to requests; without it all requests are accepted.
            pub edge_secret: Option<Secret>,
            /// The previous secret, which CloudFront sends until it has been deployed too.
            pub edge_secret_previous: Option<Secret>,
            /// The user pool's keys, in place of those at its URL; for tests.
            pub fixed_keys: Option<sansfond_web::JwkSet>,
        }

        impl Settings {
            fn texts() -> Result<Self, SettingError> {
                Ok(Self { $($field: optional($name)?,)* ..Self::default() })
            }

            $($(#[$doc])*
            ///
            /// # Errors
            /// If it is not set.
            pub fn $field(&self) -> Result<String, SettingError> {
                self.$field.clone().ok_or(SettingError::Missing { name: $name })
            })*
        }
    };
}

settings! {
    /// The table's name.
    table "SANSFOND_TABLE";
    /// The bucket's name.
    bucket "SANSFOND_BUCKET";
    /// The user pool.
    pool_id "SANSFOND_POOL_ID";
    /// The client of the user pool.
    pool_client_id "SANSFOND_POOL_CLIENT_ID";
    /// The URL of the user pool's keys, if it is not Cognito's; `{pool}` stands for the pool's ID.
    jwks_url_template "SANSFOND_JWKS_URL";
    /// The origin of our site, as browsers send it.
    site_origin "SANSFOND_SITE_ORIGIN";
    /// The queue of the image function.
    image_queue_url "SANSFOND_IMAGE_QUEUE_URL";
    /// The queue of videos that wait for a machine.
    video_queue_url "SANSFOND_VIDEO_QUEUE_URL";
    /// The job queue of AWS Batch.
    batch_queue "SANSFOND_BATCH_QUEUE";
    /// The job definition of AWS Batch.
    batch_job_definition "SANSFOND_BATCH_JOB_DEFINITION";
    /// The recipient of feedback.
    operator_email "SANSFOND_OPERATOR_EMAIL";
    /// The sender of emails.
    sender_email "SANSFOND_SENDER_EMAIL";
    /// The operator, for the legal notice.
    imprint "SANSFOND_IMPRINT";
}

/// How long files are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The number of days that uploads are stored.
    pub upload_days: u32,
    /// The number of days that results are stored.
    pub result_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { upload_days: 7, result_days: 30 }
    }
}

impl Retention {
    /// How long an upload is stored.
    #[must_use]
    pub fn uploads(self) -> Duration {
        days(self.upload_days)
    }

    /// How long a result is stored.
    #[must_use]
    pub fn results(self) -> Duration {
        days(self.result_days)
    }
}

fn days(number: u32) -> Duration {
    Duration::from_secs(u64::from(number) * 24 * 60 * 60)
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// If a number is invalid.
    pub fn read() -> Result<Self> {
        let mut settings = Self::texts()?;
        settings.pool_client_secret = optional("SANSFOND_POOL_CLIENT_SECRET")?;
        settings.edge_secret = optional("SANSFOND_EDGE_SECRET")?;
        settings.edge_secret_previous = optional("SANSFOND_EDGE_SECRET_PREVIOUS")?;
        let free = &mut settings.free;
        free.images_per_month = optional("SANSFOND_FREE_IMAGES")?.unwrap_or(free.images_per_month);
        free.videos_per_month = optional("SANSFOND_FREE_VIDEOS")?.unwrap_or(free.videos_per_month);
        free.video_seconds = optional("SANSFOND_FREE_VIDEO_SECONDS")?.unwrap_or(free.video_seconds);
        free.upload_bytes =
            optional::<u64>("SANSFOND_FREE_UPLOAD_MB")?.map_or(free.upload_bytes, |mb| mb * 1_000_000);
        free.video_bytes =
            optional::<u64>("SANSFOND_FREE_VIDEO_MB")?.map_or(free.video_bytes, |mb| mb * 1_000_000);
        free.megapixels = optional("SANSFOND_FREE_MEGAPIXELS")?.unwrap_or(free.megapixels);
        free.jobs_at_once = optional("SANSFOND_FREE_JOBS_AT_ONCE")?.unwrap_or(free.jobs_at_once);
        free.job_requests_per_minute =
            optional("SANSFOND_FREE_JOB_REQUESTS_PER_MINUTE")?.unwrap_or(free.job_requests_per_minute);
        let previews = &mut settings.previews;
        previews.per_hour = optional("SANSFOND_ANONYMOUS_PREVIEWS_PER_HOUR")?.unwrap_or(previews.per_hour);
        previews.per_day = optional("SANSFOND_ANONYMOUS_PREVIEWS_PER_DAY")?.unwrap_or(previews.per_day);
        let retention = &mut settings.retention;
        retention.upload_days = optional("SANSFOND_UPLOAD_DAYS")?.unwrap_or(retention.upload_days);
        retention.result_days = optional("SANSFOND_RESULT_DAYS")?.unwrap_or(retention.result_days);
        Ok(settings)
    }

    /// The filter of the log.
    pub(crate) fn log_filter() -> Result<String, SettingError> {
        Ok(optional("SANSFOND_LOG")?.unwrap_or_else(|| "info".to_owned()))
    }

    /// The issuer of the user pool's tokens. The region is the first part of the pool's ID.
    pub(crate) fn issuer(&self) -> Result<String, SettingError> {
        let pool = self.pool_id()?;
        let region = pool.split('_').next().unwrap_or_default();
        Ok(format!("https://cognito-idp.{region}.amazonaws.com/{pool}"))
    }

    pub(crate) fn jwks_url(&self) -> Result<String, SettingError> {
        match &self.jwks_url_template {
            Some(url) => Ok(url.replace("{pool}", &self.pool_id()?)),
            None => Ok(format!("{}/.well-known/jwks.json", self.issuer()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_is_derived_from_the_pool_id() {
        let settings = Settings { pool_id: Some("eu-west-3_Ab1".to_owned()), ..Settings::default() };
        let issuer = settings.issuer().expect("an issuer");
        assert_eq!(issuer, "https://cognito-idp.eu-west-3.amazonaws.com/eu-west-3_Ab1");
        assert_eq!(settings.jwks_url().expect("a URL"), format!("{issuer}/.well-known/jwks.json"));
        let local =
            Settings { jwks_url_template: Some("http://127.0.0.1:1/{pool}/k".to_owned()), ..settings };
        assert_eq!(local.jwks_url().expect("a URL"), "http://127.0.0.1:1/eu-west-3_Ab1/k");
    }

    #[test]
    fn a_secret_is_not_in_debug_output() {
        let secret = |text: &str| Some(text.parse().expect("any text"));
        let settings = Settings {
            pool_client_secret: secret("hunter2"),
            edge_secret: secret("hunter2"),
            edge_secret_previous: secret("hunter2"),
            ..Settings::default()
        };
        let written = format!("{settings:?}");
        assert!(written.contains("edge_secret: Some(") && !written.contains("hunter2"), "{written}");
    }

    #[test]
    fn a_missing_setting_is_named() {
        let error = Settings::default().bucket().expect_err("nothing is set").to_string();
        assert!(error.contains("SANSFOND_BUCKET"), "{error}");
    }
}
