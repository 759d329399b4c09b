//! Plans where a clip is split.

use serde::{Deserialize, Serialize};

use crate::VideoFormat;

/// The intended length of a segment in seconds. It bounds the work that is lost with a worker, and the frames
/// that a pass decodes and drops if it begins between two key frames.
const USUAL_S: f64 = 8.0;
/// The next key frame is used if it is before this, in seconds.
const LONGEST_S: f64 = 10.0;
/// A key frame is used only from here on, in seconds.
const SHORTEST_S: f64 = 5.0;

/// A part of a clip, from one time up to, but not including, another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// The index, from 0.
    pub number: u32,
    /// Start, in seconds from the first frame of the file.
    pub from_s: f64,
    /// End, in seconds from the first frame of the file.
    pub until_s: f64,
    /// Whether this is the last segment.
    pub is_last: bool,
}

/// Splits a clip: at key frames ([`crate::key_frames`]) if there is one about every eight seconds, else
/// anywhere; then decoding begins at the previous key frame, and frames of other segments are dropped. Formats
/// that cannot be joined get one segment. The same input always gives the same plan.
#[must_use]
pub fn plan(key_frames: &[f64], from_s: f64, until_s: f64, format: VideoFormat) -> Vec<Segment> {
    let mut cuts = vec![from_s];
    let mut at = from_s;
    while format.row().can_be_joined && until_s - at > LONGEST_S {
        let off = |key: f64| (key - at - USUAL_S).abs();
        let near = key_frames.iter().copied().filter(|key| (at + SHORTEST_S..=at + LONGEST_S).contains(key));
        at = near.min_by(|one, other| off(*one).total_cmp(&off(*other))).unwrap_or(at + USUAL_S);
        cuts.push(at);
    }
    let ends = cuts.iter().skip(1).copied().chain([until_s]);
    let count = cuts.len();
    let segment = |(number, (from_s, until_s)): (usize, (f64, f64))| Segment {
        number: u32::try_from(number).unwrap_or(u32::MAX),
        from_s,
        until_s,
        is_last: number + 1 == count,
    };
    cuts.iter().copied().zip(ends).enumerate().map(segment).collect()
}

/// Runs of consecutive segments that are still missing.
#[must_use]
pub fn missing(plan: &[Segment], is_done: impl Fn(u32) -> bool) -> Vec<&[Segment]> {
    let (mut stretches, mut begin) = (Vec::new(), None);
    for (place, segment) in plan.iter().enumerate() {
        match (is_done(segment.number), begin) {
            (true, Some(from)) => {
                stretches.push(&plan[from..place]);
                begin = None;
            }
            (false, None) => begin = Some(place),
            (true, None) | (false, Some(_)) => {}
        }
    }
    stretches.extend(begin.map(|from| &plan[from..]));
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(key_frames: &[f64], from_s: f64, until_s: f64, format: VideoFormat) -> Vec<f64> {
        let plan = plan(key_frames, from_s, until_s, format);
        assert_eq!((plan[0].from_s, plan[plan.len() - 1].until_s), (from_s, until_s));
        assert!(plan.windows(2).all(|pair| pair[0].until_s == pair[1].from_s));
        assert!(plan.iter().enumerate().all(|(at, segment)| segment.number == at as u32));
        assert_eq!(plan.iter().filter(|segment| segment.is_last).count(), 1);
        assert!(plan[plan.len() - 1].is_last);
        plan.iter().map(|segment| segment.from_s).collect()
    }

    #[test]
    fn a_clip_is_cut_at_the_key_frames_nearest_to_eight_seconds() {
        let keys: Vec<f64> = (0..20).map(|at| f64::from(at) * 2.5).collect();
        assert_eq!(cuts(&keys, 0.0, 30.0, VideoFormat::WebM), [0.0, 7.5, 15.0, 22.5]);
        assert_eq!(cuts(&keys, 3.0, 14.0, VideoFormat::Mov), [3.0, 10.0]);
        assert_eq!(cuts(&keys, 0.0, 9.0, VideoFormat::Mp4), [0.0], "a short clip is not split");
    }

    #[test]
    fn an_hour_with_one_key_frame_is_cut_as_well() {
        let plan = plan(&[0.0], 0.0, 3600.0, VideoFormat::WebM);
        assert!(plan.len() > 400, "{}", plan.len());
        assert!(plan.iter().all(|segment| segment.until_s - segment.from_s <= LONGEST_S));
    }

    #[test]
    fn formats_that_cannot_be_joined_get_one_segment() {
        let keys: Vec<f64> = (0..20).map(f64::from).collect();
        for (format, count) in [(VideoFormat::Gif, 1), (VideoFormat::WebP, 1), (VideoFormat::Png, 3)] {
            assert_eq!(plan(&keys, 0.0, 20.0, format).len(), count, "{format}");
        }
    }

    #[test]
    fn missing_runs_lie_between_finished_segments() {
        let plan = plan(&[], 0.0, 40.0, VideoFormat::WebM);
        let numbers = |done: &[u32]| -> Vec<Vec<u32>> {
            let stretches = missing(&plan, |number| done.contains(&number));
            stretches.iter().map(|run| run.iter().map(|segment| segment.number).collect()).collect()
        };
        assert_eq!(numbers(&[]), [vec![0, 1, 2, 3, 4]]);
        assert_eq!(numbers(&[1, 2]), [vec![0], vec![3, 4]]);
        assert_eq!(numbers(&[0, 2, 4]), [vec![1], vec![3]]);
        assert!(numbers(&[0, 1, 2, 3, 4]).is_empty());
    }
}
