//! What to do about a problem, in both languages.

use sansfond_domain::options::OptionError;
use sansfond_domain::rules::Refusal;
use sansfond_domain::{Failure, JobState, Language};

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// French.
    pub fr: String,
}

impl Text {
    /// In one of them.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Fr => &self.fr,
        }
    }
}

fn both(en: &str, fr: &str) -> Text {
    Text { en: en.to_owned(), fr: fr.to_owned() }
}

/// Why a job failed and what to do.
#[must_use]
pub fn failure_text(failure: Failure) -> Text {
    match failure {
        Failure::UnreadablePicture => both(
            "The file is broken or not a picture. Open it in a viewer, save it again and send it once more.",
            "Le fichier est abîmé ou n’est pas une image. Ouvrez-le, enregistrez-le de nouveau et renvoyez-le.",
        ),
        Failure::UnsupportedFormat => both(
            "This picture format is not supported. Send JPEG, PNG, WebP, GIF, BMP or TIFF.",
            "Ce format d’image n’est pas pris en charge. Envoyez du JPEG, PNG, WebP, GIF, BMP ou TIFF.",
        ),
        Failure::PictureTooLarge => both(
            "The picture has more pixels or bytes than your plan allows. Send a smaller one.",
            "L’image a plus de pixels ou d’octets que votre formule n’en permet. Envoyez-en une plus petite.",
        ),
        Failure::NoSubject => both(
            "Nothing in the picture looks like a subject. Try one where the subject is larger or clearer.",
            "Rien dans l’image ne ressemble à un sujet. Essayez avec un sujet plus grand ou plus net.",
        ),
        Failure::UnsuitableOptions => both(
            "The options do not fit this file. Leave out cropping and margins, and choose a part that it has.",
            "Les options ne conviennent pas à ce fichier. Renoncez au recadrage et aux marges, et choisissez une partie qui existe.",
        ),
        Failure::UploadMismatch => both(
            "What arrived is not what was declared. Start a new upload.",
            "Ce qui est arrivé n’est pas ce qui était annoncé. Recommencez l’envoi.",
        ),
        Failure::UnreadableVideo => both(
            "The file is broken or not a video. Play it on your machine, export it again as MP4 and send that.",
            "Le fichier est abîmé ou n’est pas une vidéo. Lisez-le chez vous, réexportez-le en MP4 et renvoyez-le.",
        ),
        Failure::NoVideo => both(
            "There are no moving pictures in this file. Send a video, not only its sound or its cover.",
            "Ce fichier ne contient pas d’images animées. Envoyez une vidéo, pas seulement le son ou la pochette.",
        ),
        Failure::IncompleteVideo => both(
            "The video ends in the middle: the file was not downloaded or copied whole. Get it again and send it.",
            "La vidéo s’arrête au milieu : le fichier n’a pas été copié en entier. Récupérez-le et renvoyez-le.",
        ),
        Failure::VideoTooLong => both(
            "The video is longer than your plan allows. Trim it, or choose a shorter part.",
            "La vidéo est plus longue que votre formule ne le permet. Coupez-la ou choisissez une partie plus courte.",
        ),
        Failure::NotEnoughCredits => both(
            "A video costs one credit for each 30 seconds, and there are fewer left. Choose a shorter part, or try again with more credits.",
            "Une vidéo coûte un crédit par tranche de 30 secondes, et il en reste moins. Choisissez une partie plus courte, ou réessayez avec plus de crédits.",
        ),
        Failure::VideoTooLarge => both(
            "The video has more pixels or frames than can be worked on. Export it at 4K and 240 frames a second at most.",
            "La vidéo a trop de pixels ou d’images. Exportez-la en 4K et 240 images par seconde au plus.",
        ),
        Failure::BackdropMissing => both(
            "The background picture is not there any more. Your credit is back; choose the picture again.",
            "L’image de fond n’est plus là. Votre crédit est rendu ; choisissez de nouveau l’image.",
        ),
        Failure::TookTooLong => both(
            "The work took longer than a job may. Your credit is back; try a shorter part or a smaller video.",
            "Le traitement a pris trop de temps. Votre crédit est rendu ; essayez une partie plus courte ou une vidéo plus petite.",
        ),
        Failure::WorkerLost => both(
            "Our worker stopped over this job. Your credit is back; please try again.",
            "Notre programme s’est arrêté sur cette tâche. Votre crédit est rendu ; veuillez réessayer.",
        ),
    }
}

pub(crate) fn refusal_text(refusal: &Refusal) -> Text {
    match refusal {
        Refusal::NoAccount => both("This account does not exist any more.", "Ce compte n’existe plus."),
        Refusal::NoJob => both("There is no such job.", "Cette tâche n’existe pas."),
        Refusal::Exhausted { exhausted, .. } => {
            let (left, when) = (exhausted.left, exhausted.renews_at.to_rfc3339());
            let day = when.split('T').next().unwrap_or(&when);
            if left.is_zero() {
                let number = exhausted.allowance;
                Text {
                    en: format!("All {number} of this month are used. They renew on {day}."),
                    fr: format!("Les {number} de ce mois sont utilisés. Ils se renouvellent le {day}."),
                }
            } else {
                let fr_left = left.to_string().replace('.', ",");
                Text {
                    en: format!("{left} credits are left, which is not enough. The others renew on {day}."),
                    fr: format!(
                        "Il reste {fr_left} crédit, ce qui ne suffit pas. Les autres se renouvellent le {day}."
                    ),
                }
            }
        }
        Refusal::TooManyJobs { limit } => Text {
            en: format!("{limit} jobs are open already. Wait for one to end, or cancel one."),
            fr: format!(
                "{limit} tâches sont déjà en cours. Attendez la fin de l’une d’elles, ou annulez-en une."
            ),
        },
        Refusal::Leased { .. } => {
            both("Another worker has this job.", "Un autre programme traite cette tâche.")
        }
        Refusal::WrongState { state } => Text {
            en: format!("The job is {}.", state.name()),
            fr: format!("La tâche est {}.", french_state(*state)),
        },
        Refusal::NoUpload => both(
            "The file never arrived. Start a new upload.",
            "Le fichier n’est jamais arrivé. Recommencez l’envoi.",
        ),
        Refusal::SourceGone => both(
            "This video is not kept any more. Send it again.",
            "Cette vidéo n’est plus conservée. Renvoyez-la.",
        ),
        Refusal::Unsuitable(failure) => failure_text(*failure),
        Refusal::NoPurchase => {
            both("No credits were bought with this payment.", "Ce paiement n’a donné aucun crédit.")
        }
        Refusal::KeyReused => both(
            "Use a new Idempotency-Key for each different request.",
            "Utilisez une nouvelle Idempotency-Key pour chaque requête différente.",
        ),
    }
}

pub(crate) fn option_text(error: &OptionError) -> Text {
    let fr = match error {
        OptionError::Background(text) => {
            format!("« {text} » n’est pas un fond ; écrivez transparent, blur ou une couleur comme #ffcc00.")
        }
        OptionError::VideoBackground(text) => {
            format!(
                "« {text} » n’est pas un fond ; écrivez transparent, blur, picture ou une couleur comme #ffcc00."
            )
        }
        OptionError::NoBackdrop => "Le fond « picture » veut l’image même, dans « backdrop ».".to_owned(),
        OptionError::StrayBackdrop => "Un « backdrop » ne va qu’avec le fond « picture ».".to_owned(),
        OptionError::Margin(percent) => {
            format!("Une marge de {percent} % est trop grande ; 0 à 50 sont possibles.")
        }
        OptionError::NoAlpha(format) => {
            format!("{format} n’a pas de transparence ; choisissez un fond, ou webm ou mov.")
        }
        OptionError::Part { from_ms, until_ms } => {
            format!("De {from_ms} ms à {until_ms} ms, il n’y a rien ; la fin doit venir après le début.")
        }
    };
    Text { en: format!("{error}."), fr }
}

const fn french_state(state: JobState) -> &'static str {
    match state {
        JobState::Pending => "en attente du fichier",
        JobState::Queued => "en file d’attente",
        JobState::Processing => "en cours",
        JobState::Completed => "terminée",
        JobState::Failed => "en échec",
        JobState::Cancelled => "annulée",
        JobState::Expired => "périmée",
    }
}

/// Sentences that several errors share.
pub(crate) mod text {
    use super::{Text, both};

    pub(crate) fn supported_types(types: &[&str]) -> Text {
        let (last, others) = types.split_last().unwrap_or((&"", &[]));
        let others = others.join(", ");
        Text { en: format!("Send {others} or {last}."), fr: format!("Envoyez {others} ou {last}.") }
    }

    pub(crate) fn empty_file() -> Text {
        both("The file is empty.", "Le fichier est vide.")
    }

    pub(crate) fn confirm() -> Text {
        both(
            "The code is in the mail that we sent you.",
            "Le code est dans l’e-mail que nous vous avons envoyé.",
        )
    }

    pub(crate) fn new_code() -> Text {
        both("Ask for a new code.", "Demandez un nouveau code.")
    }

    pub(crate) fn password_rule() -> Text {
        both(
            "Use at least 10 characters with an upper-case letter, a lower-case letter and a digit.",
            "Utilisez au moins 10 caractères dont une majuscule, une minuscule et un chiffre.",
        )
    }

    pub(crate) fn later() -> Text {
        both("Please try again in a quarter of an hour.", "Veuillez réessayer dans un quart d’heure.")
    }

    pub(crate) fn too_large(limit_bytes: u64) -> Text {
        let megabytes = limit_bytes / 1_000_000;
        Text {
            en: format!("Your plan takes files of at most {megabytes} MB."),
            fr: format!("Votre formule accepte des fichiers d’au plus {megabytes} Mo."),
        }
    }
}
