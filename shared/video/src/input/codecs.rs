//! The codecs that are read. FFmpeg has hundreds of decoders, many of them unmaintained ones for games of
//! the 1990s. A decoder that is not in this list never gets input.

use ffmpeg_next::codec::Id;

/// Video codecs of phones, cameras, browsers, editors and screen recorders.
const PICTURES: [(Id, &[&str]); 22] = [
    (Id::H264, &["h264"]),
    (Id::HEVC, &["hevc"]),
    (Id::VP8, &["vp8", "libvpx"]),
    (Id::VP9, &["vp9", "libvpx-vp9"]),
    (Id::AV1, &["libdav1d", "libaom-av1", "av1"]),
    (Id::MPEG4, &["mpeg4"]),
    (Id::MPEG2VIDEO, &["mpeg2video"]),
    (Id::MPEG1VIDEO, &["mpeg1video"]),
    (Id::MSMPEG4V3, &["msmpeg4"]),
    (Id::H263, &["h263"]),
    (Id::FLV1, &["flv"]),
    (Id::THEORA, &["theora"]),
    (Id::MJPEG, &["mjpeg"]),
    (Id::PRORES, &["prores"]),
    (Id::DNXHD, &["dnxhd"]),
    (Id::CFHD, &["cfhd"]),
    (Id::DVVIDEO, &["dvvideo"]),
    (Id::FFV1, &["ffv1"]),
    (Id::QTRLE, &["qtrle"]),
    (Id::PNG, &["png"]),
    (Id::RAWVIDEO, &["rawvideo"]),
    (Id::GIF, &["gif"]),
];

/// Audio decoders.
const SOUND: [&str; 33] = [
    "aac",
    "aac_latm",
    "mp3float",
    "mp3",
    "mp2float",
    "mp2",
    "ac3",
    "eac3",
    "dca",
    "truehd",
    "opus",
    "libopus",
    "vorbis",
    "flac",
    "alac",
    "amrnb",
    "amrwb",
    "wmav2",
    "pcm_s16le",
    "pcm_s16be",
    "pcm_s24le",
    "pcm_s24be",
    "pcm_s32le",
    "pcm_s32be",
    "pcm_f32le",
    "pcm_f32be",
    "pcm_f64le",
    "pcm_u8",
    "pcm_s8",
    "pcm_alaw",
    "pcm_mulaw",
    "adpcm_ima_qt",
    "adpcm_ms",
];

/// Whether video in this codec is read.
pub(crate) fn is_read(id: Id) -> bool {
    PICTURES.iter().any(|(known, _)| *known == id)
}

/// The decoders' names, for FFmpeg.
pub(super) fn decoders() -> String {
    let pictures = PICTURES.iter().flat_map(|(_, names)| names.iter().copied());
    pictures.chain(SOUND).collect::<Vec<_>>().join(",")
}

/// Whether sound in the codec of this decoder is read.
pub(super) fn is_read_sound(decoder: &str) -> bool {
    SOUND.contains(&decoder)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The values of a variable of `infra/ffmpeg.sh`, which builds the FFmpeg of the probe.
    fn listed(variable: &str) -> BTreeSet<&'static str> {
        let script = include_str!("../../../../infra/ffmpeg.sh");
        let values = script.lines().filter_map(|line| {
            let rest = line.strip_prefix(variable)?;
            rest.strip_prefix('=').or_else(|| rest.strip_prefix("+=,"))
        });
        values.flat_map(|list| list.split(',')).collect()
    }

    #[test]
    fn the_probe_and_the_worker_read_the_same_codecs() {
        let pictures = listed("video");
        for (id, names) in PICTURES {
            // The name in `configure` is not the decoder's.
            let name = |name: &&str| pictures.contains(if *name == "msmpeg4" { "msmpeg4v3" } else { name });
            // Its decoder needs zlib, so the probe rejects it before any credit is reserved.
            assert_eq!(names.iter().any(name), id != Id::PNG, "{id:?}");
        }
        assert_eq!(pictures.len(), PICTURES.len() - 1, "{pictures:?}");
        let own: BTreeSet<_> = SOUND.into_iter().filter(|name| *name != "libopus").collect();
        assert_eq!(listed("audio"), own);
    }
}
