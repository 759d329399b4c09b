//! Videos that have come, looked into as on AWS: real files, made by FFmpeg's own program, in a bucket of
//! this process.
//!
//! `make test` installs `ffmpeg` before it runs this.

mod bad;
mod clip_folder;
mod good;
mod test_intake;
