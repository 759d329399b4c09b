### Les textes de locales/en.ftl en français.

## Parties d’autres messages, et la façon d’écrire les nombres.

part-decimal_separator = ,
part-month =
    { $month ->
        [1] janvier
        [2] février
        [3] mars
        [4] avril
        [5] mai
        [6] juin
        [7] juillet
        [8] août
        [9] septembre
        [10] octobre
        [11] novembre
       *[12] décembre
    }
part-date =
    { $day ->
        [1] 1er
       *[other] { $day }
    } { part-month } { $year }

## Titres des problèmes.

problem-invalid_request = La requête n’est pas valide.
problem-invalid_code = Le code est incorrect ou a expiré.
problem-weak_password = Le mot de passe est trop faible.
problem-url_not_allowed = Ce lien ne peut pas être utilisé.
problem-unauthenticated = Veuillez vous connecter.
problem-session_expired = Votre session a expiré. Veuillez vous reconnecter.
problem-invalid_credentials = L’adresse e-mail ou le mot de passe est incorrect, ou l’adresse n’est pas encore confirmée.
problem-invalid_api_key = Cette clé d’API n’est pas valide.
problem-insufficient_credits = Vous n’avez pas assez de crédits.
problem-cross_site_request = La requête ne vient pas de ce site.
problem-unsupported_host = Le service ne répond pas à cette adresse. Utilisez l’adresse du site.
problem-session_required = Une clé d’API ne suffit pas pour cette action. Connectez-vous sur le site.
problem-preview_disabled = Sur ce service, il faut un compte pour traiter une image.
problem-not_found = Il n’y a rien à cette adresse.
problem-method_not_allowed = Cette adresse n’accepte pas cette méthode.
problem-invalid_state = Cette action n’est pas possible dans l’état actuel de la tâche.
problem-incomplete_upload = Il manque des parties du fichier.
problem-too_many_api_keys = Vous avez atteint le nombre maximal de clés d’API. Révoquez-en une pour en créer une autre.
problem-too_large = Le fichier ou la requête est trop volumineux.
problem-picture_too_large = L’image est trop grande.
problem-unsupported_media_type = Ce type de contenu n’est pas pris en charge.
problem-unsupported_format = Ce format d’image n’est pas pris en charge.
problem-idempotency_key_reused = Cette clé d’idempotence (Idempotency-Key) a déjà servi pour une autre requête.
problem-unreadable_picture = L’image ne peut pas être lue.
problem-no_subject = Aucun sujet n’a été trouvé dans l’image.
problem-unsuitable_options = Les options ne conviennent pas à ce fichier.
problem-upload_mismatch = Le fichier reçu ne correspond pas à celui qui était annoncé.
problem-download_failed = L’image n’a pas pu être téléchargée.
problem-rate_limited = Vous avez envoyé trop de requêtes.
problem-too_many_jobs = Vous avez trop de tâches en cours.
problem-daily_limit = Vous avez atteint la limite quotidienne de tâches gratuites.
problem-busy = Le service est très sollicité. Veuillez réessayer dans un instant.
problem-internal = Une erreur s’est produite de notre côté.
problem-unavailable = Le service est momentanément indisponible.

## Échecs des tâches.

failure-unreadable_picture = Le fichier est endommagé ou n’est pas une image. Ouvrez-le dans une visionneuse d’images, enregistrez-le de nouveau et envoyez le nouveau fichier.
failure-unsupported_format = Ce format d’image n’est pas pris en charge. Envoyez un fichier JPEG, PNG, WebP, GIF, BMP ou TIFF.
failure-picture_too_large = Les dimensions ou le poids de l’image dépassent ce que permet votre formule. Envoyez une image plus petite.
failure-no_subject = Aucun sujet n’a été trouvé dans l’image. Essayez avec une image où le sujet est plus grand ou se détache mieux.
failure-unsuitable_options = Les options ne conviennent pas à ce fichier. Désactivez le recadrage et choisissez un extrait compris dans la durée de la vidéo.
failure-upload_mismatch = Le fichier reçu ne correspond pas à celui qui était annoncé. Recommencez l’envoi.
failure-unreadable_video = Le fichier est endommagé ou n’est pas une vidéo. Vérifiez qu’il se lit sur votre appareil, exportez-le en MP4 et envoyez le nouveau fichier.
failure-no_video = Le fichier ne contient pas de vidéo, seulement du son ou une image de pochette. Envoyez un fichier vidéo.
failure-incomplete_video = La vidéo est incomplète, par exemple parce qu’un téléchargement ou une copie a été interrompu. Récupérez de nouveau le fichier, puis envoyez-le.
failure-video_too_long = La vidéo est plus longue que ne le permet votre formule. Raccourcissez-la ou choisissez un extrait plus court.
failure-not_enough_credits = Vous n’avez pas assez de crédits pour cette vidéo : elle coûte un crédit par tranche de 30 secondes entamée. Vos crédits vous ont été rendus. Choisissez un extrait plus court, ou réessayez avec plus de crédits.
failure-video_too_large = La vidéo a trop de pixels ou trop d’images. Exportez-la au maximum en 4K et à 240 images par seconde.
failure-backdrop_missing = L’image de fond n’est plus disponible. Vos crédits vous ont été rendus. Choisissez de nouveau l’image.
failure-unreadable_backdrop = L’image de fond est endommagée. Vos crédits vous ont été rendus. Enregistrez de nouveau l’image ou choisissez-en une autre.
failure-took_too_long = Le traitement a dépassé la durée autorisée. Vos crédits vous ont été rendus. Essayez avec un extrait plus court ou une vidéo plus petite.
failure-worker_lost = Notre serveur s’est arrêté pendant le traitement du fichier. Vos crédits vous ont été rendus. Veuillez réessayer.

## Refus.

refusal-no_account = Ce compte n’existe plus.
refusal-no_job = Aucune tâche ne porte cet identifiant.
refusal-credits_used_up =
    { $allowance ->
        [0] Votre formule ne comprend pas de crédits pour cette opération.
        [one] Vous avez utilisé votre crédit du mois. Il se renouvelle le { part-date }.
       *[other] Vous avez utilisé vos { $allowance } crédits du mois. Ils se renouvellent le { part-date }.
    }
refusal-too_few_credits =
    { $left ->
        [one] Il vous reste { $left } crédit, mais la tâche coûte davantage. Vos crédits se renouvellent le { part-date }.
       *[other] Il vous reste { $left } crédits, mais la tâche coûte davantage. Vos crédits se renouvellent le { part-date }.
    }
refusal-too_many_jobs =
    { $limit ->
        [one] Vous avez déjà une tâche en cours. Attendez qu’elle se termine ou annulez-la.
       *[other] Vous avez déjà { $limit } tâches en cours. Attendez que l’une d’elles se termine ou annulez-en une.
    }
refusal-daily_limit =
    { $limit ->
        [one] Aujourd’hui, une tâche n’a coûté aucun crédit : elle a échoué, a été annulée ou est un aperçu. Vous pourrez lancer de nouvelles tâches après minuit (UTC).
       *[other] Aujourd’hui, { $limit } tâches n’ont coûté aucun crédit : elles ont échoué, ont été annulées ou sont des aperçus. Vous pourrez lancer de nouvelles tâches après minuit (UTC).
    }
refusal-job_in_progress = La tâche est déjà en cours de traitement. Réessayez dans quelques secondes.
refusal-invalid_state =
    { $state ->
        [pending] La tâche attend son fichier.
        [queued] La tâche attend d’être traitée.
        [processing] La tâche est en cours de traitement.
        [completed] La tâche est déjà terminée.
        [failed] La tâche a échoué.
        [cancelled] La tâche a été annulée.
       *[expired] La tâche a expiré, car son fichier n’est jamais arrivé.
    }
refusal-no_upload = Cette tâche n’a pas de fichier exploitable. Recommencez l’envoi.
refusal-video_deleted = Cette vidéo n’est plus disponible. Envoyez-la de nouveau.
refusal-no_purchase = Ce paiement n’a donné lieu à aucun achat de crédits.
refusal-idempotency_key_reused = Utilisez une autre clé d’idempotence (Idempotency-Key) pour chaque requête différente.

## Options impossibles.

option-background = « { $background } » n’est pas un fond possible. Utilisez transparent, blur ou une couleur comme #ffcc00.
option-video_background = « { $background } » n’est pas un fond possible. Utilisez transparent, blur, picture ou une couleur comme #ffcc00.
option-backdrop_missing = Le fond « picture » nécessite une image dans « backdrop ».
option-backdrop_unexpected = « backdrop » n’est accepté qu’avec le fond « picture ».
option-margin = Une marge de { $percent } % est trop grande. Choisissez une valeur de 0 à 50 %.
option-no_transparency = Le format { $format } ne prend pas en charge la transparence. Choisissez un fond, ou le format webm ou mov.
option-empty_part = L’extrait de { $from_ms } ms à { $until_ms } ms est vide. La fin doit venir après le début.

## Envois.

upload-unsupported_type = Envoyez un fichier de l’un des types suivants : { $types }.
upload-empty_file = Le fichier est vide. Choisissez-en un autre.
upload-too_large = Votre formule accepte des fichiers de { $megabytes } Mo au plus.
upload-missing_parts = Envoyez les parties manquantes, puis finalisez de nouveau l’envoi.
upload-backdrop_missing = L’image de fond n’est pas arrivée. Envoyez de nouveau la requête pour cette vidéo.

## Image derrière une vidéo.

backdrop-unreadable = L’image de fond est endommagée ou n’est pas une image. Ouvrez-la dans une visionneuse d’images, enregistrez-la de nouveau et envoyez le nouveau fichier.
backdrop-unsupported_format = Envoyez l’image de fond en JPEG, PNG ou WebP.
backdrop-too_large = Une image de fond peut faire au maximum { $megabytes } Mo. Envoyez-en une plus petite.
backdrop-too_many_pixels = Une image de fond peut avoir au maximum { $megapixels } mégapixels et { $side } pixels par côté. Envoyez-en une plus petite.

## Comptes.

account-password_not_set = Votre adresse e-mail est confirmée, mais le mot de passe n’a pas pu être enregistré. Utilisez « Mot de passe oublié ? » pour en choisir un.
account-old_access_still_valid = Votre mot de passe a été changé, mais d’anciennes sessions et clés d’API sont peut-être encore valables. Connectez-vous, changez de nouveau le mot de passe sur la page de votre compte et choisissez d’y révoquer toutes les clés d’API.
account-new_code = Demandez un nouveau code.
account-password_rules = Utilisez au moins 10 caractères, dont une majuscule, une minuscule et un chiffre.
account-sign_in_fields = Envoyez « password », ou « session » et « code ».
account-email_differs = « email » doit être l’adresse e-mail de ce compte.

## Requêtes.

request-unreadable = La requête ne peut pas être lue : { $reason }
request-json_expected = Envoyez du JSON avec l’en-tête « Content-Type: application/json ».
request-idempotency_key = Une clé d’idempotence (Idempotency-Key) doit compter de 1 à 128 caractères ASCII visibles, sans « # ».
request-limit = « limit » doit être un nombre de 1 à 100.
request-after = « after » doit être la valeur de « next » de la page précédente.
request-language = « language » doit être l’un de ces codes : { $languages }.
request-label = « label » doit compter de 1 à 60 caractères, sans caractère de contrôle.
request-message = « message » doit compter de 1 à 5000 caractères.
request-video_source = Envoyez soit « name », « type » et « size_bytes », soit « source_job ».
request-site_only = Cette adresse est réservée aux pages de ce site. Depuis un programme, utilisez POST /api/remove-background avec une clé d’API.
request-origin = Envoyez l’en-tête « Origin: { $site } », ou utilisez une clé d’API.
request-try_again_later =
    { $minutes ->
        [one] Veuillez réessayer dans une minute.
       *[other] Veuillez réessayer dans { $minutes } minutes.
    }
request-picture_expected = Envoyez du multipart/form-data, du JSON, ou l’image elle-même avec son Content-Type.
request-no_picture = La requête ne contient pas d’image. Envoyez « image_file », « image_url » ou « image_base64 ».
request-several_pictures = La requête contient plusieurs images. Envoyez-en une seule.
request-picture_too_large = Cette requête ne peut pas dépasser { $megabytes } Mo. Envoyez les images plus lourdes avec POST /api/uploads.
request-text_expected = Le champ « { $field } » doit contenir du texte UTF-8.
request-base64_expected = Le champ « { $field } » doit être encodé en base64.
request-field_repeated = Le champ « { $field } » figure plusieurs fois dans la requête.
request-field_misspelled = Le champ « { $field } » n’existe pas. Vouliez-vous dire « { $near } » ?
request-field_unknown = Le champ « { $field } » n’existe pas. Voici les champs possibles : { $known }.

## Liens vers des images.

link-invalid = Utilisez un lien vers une image qui commence par https:// ou http://, sans nom d’utilisateur, sans mot de passe et sans port inhabituel.
link-private = Le lien ne mène pas à une adresse Internet publique.
link-status = Le serveur à cette adresse a répondu avec le code { $status }.
link-redirects = Ce lien passe par trop de redirections.
link-too_large = Le lien mène à un fichier de plus de { $megabytes } Mo. Envoyez-en un plus petit.
link-timeout = Le serveur à cette adresse a mis trop de temps à répondre.
link-unreachable = Le serveur à cette adresse est injoignable. Vérifiez le lien.
link-no_picture = Le lien ne mène pas à une image. Ouvrez l’image seule dans un onglet et copiez son adresse.

## Sans compte.

preview-limit_reached = Vous avez atteint la limite des essais sans compte. Créez un compte gratuit pour continuer tout de suite, ou revenez plus tard.
preview-sign_in = Connectez-vous ou créez un compte gratuit pour retirer l’arrière-plan d’une image.
preview-too_large = Sans compte, une image ne peut pas dépasser { $megabytes } Mo. Avec un compte gratuit, elle peut être plus lourde.

## E-mails.

mail-code_subject = Votre code Sansfond
mail-code_text = Saisissez ce code sur la page qui le demande. Si vous n’avez pas demandé de code, ignorez cet e-mail.
mail-api_key_created_subject = Une clé d’API a été créée pour votre compte
mail-api_key_created_text =
    Bonjour,

    Une nouvelle clé d’API a été créée pour votre compte Sansfond. Si vous l’avez créée, vous n’avez rien à faire.

    Si ce n’était pas vous, changez votre mot de passe sur la page de votre compte et choisissez d’y révoquer toutes les clés d’API :

    { $page }

    Sansfond
mail-password_changed_subject = Votre mot de passe a été changé
mail-password_changed_text =
    Bonjour,

    Le mot de passe de votre compte Sansfond a été changé. Si c’était vous, vous n’avez rien à faire.

    Si ce n’était pas vous, utilisez « Mot de passe oublié ? » sur la page de connexion pour en choisir un nouveau. Toutes les clés d’API de votre compte seront alors révoquées. La page de votre compte est ici :

    { $page }

    Sansfond
mail-video_ready_subject = Votre vidéo est prête
mail-video_ready_text =
    Bonjour,

    L’arrière-plan de « { $file } » a été retiré. Vous pouvez télécharger le résultat ici :

    { $history }

    Vous recevez cet e-mail parce que vous l’avez demandé en envoyant la vidéo.

    Sansfond
mail-video_failed_subject = Votre vidéo n’a pas pu être traitée
mail-video_failed_text =
    Bonjour,

    L’arrière-plan de « { $file } » n’a pas pu être retiré.

    { $reason }

    Cette vidéo ne vous a coûté aucun crédit. Retrouvez toutes vos vidéos ici :

    { $history }

    Vous recevez cet e-mail parce que vous l’avez demandé en envoyant la vidéo.

    Sansfond
mail-feedback_subject = Sansfond : message d’un utilisateur
mail-feedback_from_account =
    Du compte { $account } :

    { $message }
mail-feedback_from_visitor =
    D’une personne sans compte :

    { $message }

## Page d’accueil du cloud local.

start_page-heading = Le cloud local fonctionne
start_page-intro = Le service entier fonctionne sur cette machine et n’est accessible qu’à cette adresse.
start_page-docs = L’API, documentée et prête à être essayée
start_page-outbox = Les e-mails envoyés par le service
start_page-health = L’état du service
start_page-account = Compte de démonstration
start_page-try_it = Détourer une photo avec curl
