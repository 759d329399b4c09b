### The texts that people get from our Rust programs: problems of the API, failures of jobs, mails, the start page of
### the local cloud. The site's own texts are in frontend/src/locales.
###
### The message `group-name` is the function `group::name` in Rust; `make check` compares every other language with this
### file. A comment names the variables of a message and their types, String or Number. The group `part` has what
### other messages use.

## Parts of other messages, and how numbers are written.

# A point or a comma.
part-decimal_separator = .

# Variables:
#   $month (Number) - 1 to 12
part-month =
    { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    }

# Variables:
#   $day (Number) - The day of the month
#   $year (Number) - As in 2026
part-date = { part-month } { $day }, { $year }

## Titles of problems, by their codes: one sentence that says what happened.

problem-invalid_request = The request is not valid.
problem-invalid_code = The code is wrong or has expired.
problem-weak_password = The password is too weak.
problem-url_not_allowed = This link cannot be used.
problem-unauthenticated = Please sign in.
problem-session_expired = Your session has expired. Please sign in again.
problem-invalid_credentials = The email address or the password is wrong, or the address has not been confirmed yet.
problem-invalid_api_key = This API key is not valid.
problem-insufficient_credits = You do not have enough credits.
problem-cross_site_request = The request does not come from this site.
problem-unsupported_host = The service is not available at this address. Use the site’s own address.
problem-session_required = This cannot be done with an API key. Sign in on the site.
problem-preview_disabled = You need an account to process images on this service.
problem-not_found = Nothing was found at this address.
problem-method_not_allowed = This address does not support this method.
problem-invalid_state = This action is not possible in the current state of the job.
problem-incomplete_upload = Parts of the file are missing.
problem-too_many_api_keys = You have reached the maximum number of API keys. Revoke one to create another.
problem-too_large = The file or the request is too large.
problem-picture_too_large = The image is too large.
problem-unsupported_media_type = This type of content is not supported.
problem-unsupported_format = This image format is not supported.
problem-idempotency_key_reused = This Idempotency-Key was already used for a different request.
problem-unreadable_picture = The image cannot be read.
problem-no_subject = No subject was found in the image.
problem-unsuitable_options = These options cannot be used.
problem-upload_mismatch = The uploaded file does not have the declared type or size.
problem-download_failed = The image could not be downloaded.
problem-rate_limited = You have sent too many requests.
problem-too_many_jobs = You have too many unfinished jobs.
problem-daily_limit = You have reached today’s limit for jobs that cost nothing.
problem-busy = The service is busy. Please try again in a moment.
problem-internal = Something went wrong on our side.
problem-unavailable = The service is temporarily unavailable.

## Why a job failed and what to do about it, by the codes of failures.

failure-unreadable_picture = The file is damaged or not an image. Open it in an image viewer, save it again and upload the new file.
failure-unsupported_format = This image format is not supported. Send a JPEG, PNG, WebP, GIF, BMP or TIFF file.
failure-picture_too_large = The image has more pixels, or a larger file size, than your plan allows. Send a smaller one.
failure-no_subject = No subject was found in the image. Try an image in which the subject is larger or stands out more clearly.
failure-unsuitable_options = These options cannot be used with this file. Turn off cropping, and choose a section that lies within the video.
failure-upload_mismatch = The uploaded file does not have the declared type or size. Start a new upload.
failure-unreadable_video = The file is damaged or not a video. Check that it plays on your device, export it as MP4 and upload the new file.
failure-no_video = The file contains no video, only audio or cover art. Choose a file that contains a video.
failure-incomplete_video = The video is incomplete, for example because a download or a copy was interrupted. Download or copy the file again, then upload it.
failure-video_too_long = The video is longer than your plan allows. Trim it, or choose a shorter section.
failure-not_enough_credits = You do not have enough credits for this video. A video costs one credit per 30 seconds, rounded up. Your credits were returned. Choose a shorter section, or try again with more credits.
failure-video_too_large = The resolution or frame rate of the video is too high. Export it in 4K or less, at no more than 240 frames per second.
failure-backdrop_missing = The background image is no longer stored. Your credits were returned. Choose the image again.
failure-unreadable_backdrop = The background image is damaged. Your credits were returned. Save the image again, or choose another one.
failure-took_too_long = The job took longer than allowed. Your credits were returned. Try a shorter section or a smaller video.
failure-worker_lost = Our server stopped while it was processing the file. Your credits were returned. Please try again.

## Why a rule refuses a request.

refusal-no_account = This account no longer exists.
refusal-no_job = There is no job with this ID.
# Variables:
#   $allowance (Number) - Credits of a month
refusal-credits_used_up =
    { $allowance ->
        [0] Your plan includes no credits for this.
        [one] You have used your credit for this month. It renews on { part-date }.
       *[other] You have used all { $allowance } credits for this month. They renew on { part-date }.
    }
# Variables:
#   $left (Number) - Credits, in quarters: less than the job costs
refusal-too_few_credits =
    { $left ->
        [one] You have { $left } credit left, but this job costs more. Your credits renew on { part-date }.
       *[other] You have { $left } credits left, but this job costs more. Your credits renew on { part-date }.
    }
# Variables:
#   $limit (Number) - Jobs that the plan allows at once
refusal-too_many_jobs =
    { $limit ->
        [one] You already have an unfinished job. Wait for it to end, or cancel it.
       *[other] You already have { $limit } unfinished jobs. Wait for one to end, or cancel one.
    }
# Variables:
#   $limit (Number) - The maximum number of such jobs per day
refusal-daily_limit =
    { $limit ->
        [one] One job today has cost no credits: it failed, was cancelled or is a preview. You can start new jobs after midnight (UTC).
       *[other] { $limit } jobs today have cost no credits: they failed, were cancelled or are previews. You can start new jobs after midnight (UTC).
    }
refusal-job_in_progress = The job is already being processed. Try again in a few seconds.
# Variables:
#   $state (String) - The state of the job, as the API names it
refusal-invalid_state =
    { $state ->
        [pending] The job is waiting for its file.
        [queued] The job is waiting to be processed.
        [processing] The job is being processed.
        [completed] The job has already been completed.
        [failed] The job has failed.
        [cancelled] The job was cancelled.
       *[expired] The job has expired because its file never arrived.
    }
refusal-no_upload = This job has no file that can be processed. Start a new upload.
refusal-video_deleted = This video is no longer available. Upload it again.
refusal-no_purchase = No credits were bought with this payment.
refusal-idempotency_key_reused = Reuse an Idempotency-Key only to repeat the same request.

## Options that are not possible.

# Variables:
#   $background (String) - What the client sent
option-background = “{ $background }” is not a valid background. Use transparent, blur or a color such as #ffcc00.
# Variables:
#   $background (String) - What the client sent
option-video_background = “{ $background }” is not a valid background. Use transparent, blur, picture or a color such as #ffcc00.
option-backdrop_missing = The background “picture” requires an image in “backdrop”.
option-backdrop_unexpected = “backdrop” is only allowed with the background “picture”.
# Variables:
#   $percent (Number) - What the client sent
option-margin = A margin of { $percent }% is too large. Use 0 to 50%.
# Variables:
#   $format (String) - A video format, as the API names it
option-no_transparency = { $format } does not support transparency. Choose a background, or use the format webm or mov.
# Variables:
#   $from_ms (Number) - Start, in milliseconds
#   $until_ms (Number) - End, in milliseconds
option-empty_part = The section from { $from_ms } ms to { $until_ms } ms is empty. The end must come after the start.

## Uploads.

# Variables:
#   $types (String) - Media types, with commas between them
upload-unsupported_type = Send a file of one of these types: { $types }.
upload-empty_file = The file is empty. Choose another one.
# Variables:
#   $megabytes (Number) - The most that the plan allows
upload-too_large = Your plan accepts files of up to { $megabytes } MB.
upload-missing_parts = Upload the missing parts, then complete the upload again.
upload-backdrop_missing = The background image was not received. Send the request for this video again.

## A picture behind a video.

backdrop-unreadable = The background image is damaged or not an image. Open it in an image viewer, save it again and send the new file.
backdrop-unsupported_format = Send the background image as JPEG, PNG or WebP.
# Variables:
#   $megabytes (Number) - The most that is possible
backdrop-too_large = A background image can be at most { $megabytes } MB. Send a smaller one.
# Variables:
#   $megapixels (Number) - The most that is possible
#   $side (Number) - The longest side that is possible, in pixels
backdrop-too_many_pixels = A background image can have at most { $megapixels } megapixels and { $side } pixels per side. Send a smaller one.

## Accounts: signing in, passwords, codes.

account-password_not_set = Your email address is confirmed, but the password could not be saved. Use “Forgot your password?” to set one.
account-old_access_still_valid = Your password has been changed, but earlier sessions and API keys may still be valid. Sign in, change the password again on your account page, and choose to revoke all API keys.
account-new_code = Request a new code.
account-password_rules = Use at least 10 characters, with an uppercase letter, a lowercase letter and a digit.
account-sign_in_fields = Send “password”, or “session” and “code”.
account-email_differs = “email” must be the email address of this account.

## Requests that cannot be accepted as they are.

# Variables:
#   $reason (String) - Where and why, in English: written by the parser
request-unreadable = The request cannot be read: { $reason }
request-json_expected = Send JSON with the header “Content-Type: application/json”.
request-idempotency_key = An Idempotency-Key must have 1 to 128 visible ASCII characters, without “#”.
request-limit = “limit” must be a number from 1 to 100.
request-after = “after” must be the value of “next” from the previous page.
# Variables:
#   $languages (String) - Codes of languages, with commas between them
request-language = “language” must be one of these codes: { $languages }.
request-label = “label” must have 1 to 60 characters, and no control characters.
request-message = “message” must have 1 to 5000 characters.
request-video_source = Send either “name”, “type” and “size_bytes”, or “source_job”.
request-site_only = Only the pages of this site can use this. In a program, use POST /api/remove-background with an API key.
# Variables:
#   $site (String) - The site’s address, https://example.org
request-origin = Send the header “Origin: { $site }”, or use an API key.
# Variables:
#   $minutes (Number) - Until the next attempt is possible
request-try_again_later =
    { $minutes ->
        [one] Please try again in one minute.
       *[other] Please try again in { $minutes } minutes.
    }
request-picture_expected = Send multipart/form-data, JSON, or the image itself with its Content-Type.
request-no_picture = The request contains no image. Send “image_file”, “image_url” or “image_base64”.
request-several_pictures = The request contains more than one image. Send one.
# Variables:
#   $megabytes (Number) - The most that fits
request-picture_too_large = This request can contain at most { $megabytes } MB. Upload larger images with POST /api/uploads.
# Variables:
#   $field (String) - Its name
request-text_expected = The field “{ $field }” must be UTF-8 text.
# Variables:
#   $field (String) - Its name
request-base64_expected = The field “{ $field }” must be encoded in base64.
# Variables:
#   $field (String) - Its name
request-field_repeated = The field “{ $field }” appears more than once.
# Variables:
#   $field (String) - The unknown name
#   $near (String) - A known name
request-field_misspelled = There is no field “{ $field }”. Did you mean “{ $near }”?
# Variables:
#   $field (String) - The unknown name
#   $known (String) - The known names, with commas between them
request-field_unknown = There is no field “{ $field }”. These fields exist: { $known }.

## Links to pictures.

link-invalid = Use an image link that begins with https:// or http:// and has no user name, password or unusual port.
link-private = The link does not lead to an address on the public internet.
# Variables:
#   $status (Number) - The HTTP status
link-status = The server at this address responded with status { $status }.
link-redirects = The link redirects too many times.
# Variables:
#   $megabytes (Number) - The most that is fetched
link-too_large = The link leads to a file of more than { $megabytes } MB. Send a smaller one.
link-timeout = The server at this address took too long to respond.
link-unreachable = The server at this address cannot be reached. Check the address.
link-no_picture = The link does not lead to an image. Open the image in its own tab and copy its address.

## Without an account.

preview-limit_reached = You have reached the limit for visitors without an account. Create a free account to continue now, or come back later.
preview-sign_in = Sign in or create a free account to remove the background of an image.
# Variables:
#   $megabytes (Number) - The most that is possible
preview-too_large = Without an account, an image can be at most { $megabytes } MB. With a free account, it can be larger.

## Mails. The mail with a code is sent by Cognito, with all languages one after the other.

mail-code_subject = Your Sansfond code
mail-code_text = Enter this code on the page that asked for it. If you did not request a code, ignore this email.
mail-api_key_created_subject = A new API key was created for your account
# Variables:
#   $page (String) - Address of the account page
mail-api_key_created_text =
    Hello,

    A new API key was created for your Sansfond account. If you created it, you do not need to do anything.

    If it was not you, change your password on your account page and choose to revoke all API keys:

    { $page }

    Sansfond
mail-password_changed_subject = Your password has been changed
# Variables:
#   $page (String) - Address of the account page
mail-password_changed_text =
    Hello,

    The password of your Sansfond account has been changed. If you changed it, you do not need to do anything.

    If it was not you, use “Forgot your password?” on the sign-in page to set a new one. This also revokes all API keys of your account. Your account page is here:

    { $page }

    Sansfond
mail-video_ready_subject = Your video is ready
# Variables:
#   $file (String) - The customer’s name of the file
#   $history (String) - Address of the page with all results
mail-video_ready_text =
    Hello,

    The background of “{ $file }” has been removed. You can download the result here:

    { $history }

    You are receiving this email because you asked to be notified when you uploaded the video.

    Sansfond
mail-video_failed_subject = Your video could not be processed
# Variables:
#   $file (String) - The customer’s name of the file
#   $reason (String) - The text of the failure
#   $history (String) - Address of the page with all results
mail-video_failed_text =
    Hello,

    The background of “{ $file }” could not be removed.

    { $reason }

    This video did not cost any credits. You can see all your videos here:

    { $history }

    You are receiving this email because you asked to be notified when you uploaded the video.

    Sansfond
mail-feedback_subject = Sansfond: feedback
# Variables:
#   $account (String) - ID of the account
#   $message (String) - As it was written
mail-feedback_from_account =
    From account { $account }:

    { $message }
# Variables:
#   $message (String) - As it was written
mail-feedback_from_visitor =
    From a visitor without an account:

    { $message }

## The start page of the local cloud.

start_page-heading = The local cloud is running
start_page-intro = The whole service runs on this machine and is available only at this address.
start_page-docs = Interactive API documentation
start_page-outbox = Emails that the service has sent
start_page-health = Status of the service
start_page-account = Demo account
start_page-try_it = From a photo to a cutout with curl
