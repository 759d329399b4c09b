//! The default model with its real weights, on the photographs.

use image::GrayImage;
use sansfond_imaging::{Cutout, Limits, Picture, decode};
use sansfond_matting::subjects::Subjects;
use sansfond_matting::{
    Catalog, CutoutError, CutoutOptions, LoadOptions, MattingModel, WeightStore, cut_out,
};

use crate::pictures::{assert_close, flat};
use crate::{checkout, home, runtime};

const PHOTOGRAPHS: [&str; 3] = ["astronaut", "chelsea", "coffee"];

/// The model, loaded once for all tests of this file, because loading takes 200 MB and a second.
fn matting_model() -> &'static MattingModel {
    static MODEL: std::sync::OnceLock<MattingModel> = std::sync::OnceLock::new();
    MODEL.get_or_init(|| {
        let catalog = Catalog::shipped();
        let model = catalog.model(&catalog.default).expect("listed");
        MattingModel::load(
            runtime(),
            &WeightStore::new(home().join("models")),
            model,
            &LoadOptions::default(),
        )
        .unwrap_or_else(|error| panic!("{error}; `make test` fetches them"))
    })
}

fn photograph(name: &str) -> Picture {
    let bytes =
        std::fs::read(checkout().join(format!("fixtures/pictures/{name}.png"))).expect("a photograph");
    decode(&bytes, &Limits::default()).expect("a picture")
}

fn expected(name: &str) -> GrayImage {
    image::open(checkout().join(format!("fixtures/expected/{name}.png")))
        .expect("an expected matte")
        .into_luma8()
}

#[test]
fn rembgs_recipe_gives_rembgs_matte() {
    for name in PHOTOGRAPHS {
        let found =
            cut_out(matting_model(), &photograph(name), &CutoutOptions::like_rembg()).expect("a subject");
        assert_close(&format!("{name}-like-rembg"), &found.cutout.alpha, &expected(name), 0.5, 0.0);
    }
}

#[test]
fn the_default_recipe_finds_the_same_subject() {
    for name in PHOTOGRAPHS {
        let found =
            cut_out(matting_model(), &photograph(name), &CutoutOptions::default()).expect("a subject");
        // The cat's half-transparent fur differs most between division by 255 and by the brightest value.
        assert_close(name, &found.cutout.alpha, &expected(name), 4.0, 0.06);
        assert!(found.confidence > 0.9, "{name}: {}", found.confidence);
    }
}

#[test]
fn opaque_pixels_keep_the_photographs_colors() {
    let picture = photograph("astronaut");
    let cutout = cut_out(matting_model(), &picture, &CutoutOptions::default()).expect("a subject").cutout;
    let mut opaque = 0;
    for ((before, after), alpha) in
        picture.color.pixels().zip(cutout.color.pixels()).zip(cutout.alpha.as_raw())
    {
        if *alpha == 255 {
            opaque += 1;
            assert_eq!(before, after);
        }
    }
    assert!(opaque > 80_000, "{opaque}");
}

#[test]
fn the_astronaut_is_one_subject() {
    let cutout = cut_out(matting_model(), &photograph("astronaut"), &CutoutOptions::default())
        .expect("a subject")
        .cutout;
    let subjects = Subjects::find(&cutout.alpha).list;
    assert_eq!(subjects.len(), 1, "{subjects:?}");
    assert!(subjects[0].area > 0.3 && subjects[0].bounds.height > 480, "{subjects:?}");
}

#[test]
fn empty_pictures_have_no_subject() {
    for color in [[255; 3], [0; 3], [128; 3], [40, 90, 200]] {
        let result = cut_out(matting_model(), &flat(color), &CutoutOptions::default());
        assert!(
            matches!(result, Err(CutoutError::NoSubject)),
            "{color:?}: {:?}",
            result.map(|found| found.confidence)
        );
    }
}

fn cutout(picture: &Picture) -> Cutout {
    cut_out(matting_model(), picture, &CutoutOptions::default()).expect("a subject").cutout
}

#[test]
fn cutting_out_twice_changes_nothing() {
    for name in PHOTOGRAPHS {
        let once = cutout(&photograph(name));
        let twice = cutout(&Picture { color: once.color.clone(), alpha: Some(once.alpha.clone()) });
        let differences = once.alpha.as_raw().iter().zip(twice.alpha.as_raw()).map(|(a, b)| a.abs_diff(*b));
        let worst = differences.clone().max().expect("pixels");
        let different = differences.filter(|difference| *difference > 0).count();
        assert!(worst <= 8 && different < once.alpha.len() / 500, "{name}: {different} pixels by {worst}");
        for ((before, after), alpha) in once.color.pixels().zip(twice.color.pixels()).zip(once.alpha.as_raw())
        {
            if (1..255).contains(alpha) {
                assert_eq!(before, after, "{name}: colors of soft pixels");
            }
        }
    }
}

#[test]
fn a_faded_cutout_keeps_its_colors_and_its_alpha() {
    let Cutout { color, alpha } = cutout(&photograph("astronaut"));
    for strength in [128, 40] {
        let mut faded = alpha.clone();
        faded.as_mut().iter_mut().for_each(|alpha| *alpha = (u32::from(*alpha) * strength / 255) as u8);
        let again = cutout(&Picture { color: color.clone(), alpha: Some(faded.clone()) });
        assert!(again.alpha == faded, "{strength}");
        assert!(again.color == color, "{strength}");
    }
}

#[test]
fn a_faint_backdrop_is_removed() {
    let photo = photograph("astronaut");
    let found = cutout(&photo);
    let mut own = found.alpha.clone();
    own.as_mut().iter_mut().for_each(|alpha| *alpha = (*alpha).max(100));
    let again = cutout(&Picture { color: photo.color, alpha: Some(own) });
    let left = |at: usize| again.alpha.as_raw()[at] > 32 && found.alpha.as_raw()[at] == 0;
    let left = (0..found.alpha.len()).filter(|at| left(*at)).count();
    assert!(left < found.alpha.len() / 100, "{left} pixels of the backdrop are left");
}

#[test]
fn dark_photographs_are_cut_out_like_bright_ones() {
    for name in PHOTOGRAPHS {
        let bright = photograph(name);
        let expected = cutout(&bright).alpha;
        for share in [0.5, 0.3] {
            let mut dark = bright.clone();
            dark.color
                .as_mut()
                .iter_mut()
                .for_each(|value| *value = (f32::from(*value) * share).round() as u8);
            let found = cutout(&dark).alpha;
            let both = found.as_raw().iter().zip(expected.as_raw());
            let (shared, either) = both.fold((0, 0), |(shared, either), (a, b)| {
                let (a, b) = (*a > 127, *b > 127);
                (shared + u32::from(a && b), either + u32::from(a || b))
            });
            let overlap = f64::from(shared) / f64::from(either);
            assert!(overlap > 0.975, "{name} × {share}: {overlap}");
        }
    }
}
