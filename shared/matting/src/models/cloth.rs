//! U²-Net trained on clothes: four planes of scores, one for each class.
//!
//! rembg assigns each pixel to its best class, which gives stairs; we use the probability, which has a soft
//! edge that can be refined.

use std::fmt;
use std::str::FromStr;

use crate::Matte;
use crate::recipe::RecipeStyle;
use crate::session::Tensor;

/// Planes of the network: background, upper body, lower body, full body.
const CLASSES: usize = 4;

/// The clothes to cut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClothCategory {
    /// All clothes.
    #[default]
    All,
    /// Shirts, jackets.
    Upper,
    /// Trousers, skirts.
    Lower,
    /// Dresses, overalls.
    Full,
}

impl ClothCategory {
    /// All categories, in the order of help texts.
    pub const ALL: [Self; 4] = [Self::All, Self::Upper, Self::Lower, Self::Full];

    /// The name in options and requests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Upper => "upper",
            Self::Lower => "lower",
            Self::Full => "full",
        }
    }

    fn includes(self, class: usize) -> bool {
        match self {
            Self::All => class > 0,
            Self::Upper => class == 1,
            Self::Lower => class == 2,
            Self::Full => class == 3,
        }
    }
}

impl FromStr for ClothCategory {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|category| category.name() == text)
            .ok_or_else(|| format!("“{text}” is not a kind of clothes; use all, upper, lower or full"))
    }
}

impl fmt::Display for ClothCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Scores `[1, 4, height, width]` → the matte of one category.
pub(crate) fn finish(
    tensor: Tensor,
    category: ClothCategory,
    style: RecipeStyle,
) -> Result<Matte, Vec<usize>> {
    let [_, CLASSES, height, width] = tensor.shape[..] else { return Err(tensor.shape) };
    let area = height * width;
    if area == 0 || tensor.data.len() < CLASSES * area {
        return Err(tensor.shape);
    }
    let values = (0..area)
        .map(|pixel| {
            let scores: [f32; CLASSES] = std::array::from_fn(|class| tensor.data[class * area + pixel]);
            match style {
                RecipeStyle::Sansfond => probability(scores, category),
                RecipeStyle::Rembg => f32::from(u8::from(category.includes(winner(scores)))),
            }
        })
        .collect();
    Ok(Matte::new(width as u32, height as u32, values))
}

/// Softmax, summed over the classes of a category.
fn probability(scores: [f32; CLASSES], category: ClothCategory) -> f32 {
    let highest = scores.into_iter().fold(f32::MIN, f32::max);
    let weights = scores.map(|score| (score - highest).exp());
    let wanted: f32 =
        weights.iter().enumerate().filter(|(class, _)| category.includes(*class)).map(|(_, w)| w).sum();
    wanted / weights.iter().sum::<f32>()
}

fn winner(scores: [f32; CLASSES]) -> usize {
    (1..CLASSES).fold(0, |best, class| if scores[class] > scores[best] { class } else { best })
}
