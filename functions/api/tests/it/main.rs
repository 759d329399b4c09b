//! The routes and event handlers against DynamoDB and S3 in this process.

mod account;
mod api_keys;
mod auth;
mod backdrops;
mod events;
mod gateway;
mod jobs;
mod limits;
mod outbox_events;
mod problems;
mod service;
mod sessions;
mod shared_videos;
mod test_api;
mod tokens;
mod uploads;
mod video_events;
mod videos;
