//! Probing of uploaded videos: real files, made by the `ffmpeg` program, in a bucket of
//! this process.
//!
//! `make test` installs `ffmpeg` before it runs this.

mod bad;
mod clip_folder;
mod good;
mod test_intake;
