//! `sansfond-video`: the same program with FFmpeg.

mod args;
mod commands;
mod home;
mod huge_pages;
mod options;
mod paths;
mod program;
mod rembg_dialect;
mod video;

fn main() -> std::process::ExitCode {
    program::run(std::env::args_os().collect(), None, |args| {
        huge_pages::enable();
        video::run(args)
    })
}
