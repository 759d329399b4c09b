//! The template: its parts by subject, and the functions behind the API, each with its integration and its
//! routes.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use sansfond_boot::{Function, Grant, Queue, Retention, Setting, Throttle};
use sansfond_domain::{Plan, Previews};
use sansfond_texts::{Message, languages, mail};

use crate::{programs, read};

/// The path of the file.
pub const PATH: &str = "infra/template.yaml";

/// The parts, in the order of the template.
const PARTS: &[&str] = &[
    "parameters",
    "storage",
    "events",
    "images",
    "videos",
    "accounts",
    "api",
    "rollouts",
    "clock",
    "alarms",
    "outputs",
];

/// API Gateway allows ten changes a second, so its resources depend on each other in this many chains.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
const LANES: usize = 4;

/// A function behind the API.
struct Routed {
    program: &'static str,
    function: Function,
    /// Its logical ID, such as `CreateKey`.
    id: String,
    routes: Vec<String>,
}

/// The whole template.
///
/// # Errors
/// If a part cannot be read, or asks for unknown generated text.
pub fn whole(root: &Path) -> Result<String> {
    let functions = routed();
    let mut joined = Vec::new();
    for part in PARTS {
        let path = root.join("infra/template").join(part).with_extension("yaml");
        joined.push(filled(&read(&path)?, &functions).with_context(|| path.display().to_string())?);
    }
    let known = std::fs::read_dir(root.join("infra/template"))?.count();
    ensure!(known == PARTS.len(), "infra/template has {known} files, and {} are joined", PARTS.len());
    Ok(joined.join("\n"))
}

fn routed() -> Vec<Routed> {
    let of = |program: crate::Program| {
        let name = program.name;
        program.functions.into_iter().map(move |function| Routed {
            program: name,
            function,
            id: logical_id(function.name),
            routes: (function.routes)(),
        })
    };
    programs().into_iter().flat_map(of).filter(|one| !one.routes.is_empty()).collect()
}

/// `create_key` → `CreateKey`.
fn logical_id(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// Functions with a gradual rollout, including those without a route.
fn gradual() -> Vec<String> {
    let all = programs().into_iter().flat_map(|program| program.functions);
    all.filter(|function| function.gradual).map(|function| logical_id(function.name)).collect()
}

/// The functions that API Gateway may call: function and alias, so that it may call either while one replaces the other.
fn arns(one: &Routed) -> Vec<String> {
    let mut arns = vec![format!("- !GetAtt {}Function.Arn", one.id)];
    if one.function.gradual {
        arns.push(format!("- !If [IsGradual, !Ref {}Alias, !Ref AWS::NoValue]", one.id));
    }
    arns
}

/// A version for each release, the alias that receives the traffic, and the deployment group that moves it.
fn rollout(id: &str) -> Vec<String> {
    // A function of the queue is watched by its own errors: it is in no answer of the API.
    let alarm = if id == "CutOutUpload" { "ImageErrorAlarm" } else { "ApiErrorAlarm" };
    let text = format!(
        "{id}Version:
  Type: AWS::Lambda::Version
  Condition: IsGradual
  Properties: {{ FunctionName: !Ref {id}Function, Description: !Ref Release }}
{id}Alias:
  Type: AWS::Lambda::Alias
  Condition: IsGradual
  UpdatePolicy:
    CodeDeployLambdaAliasUpdate: {{ ApplicationName: !Ref Rollouts, DeploymentGroupName: !Ref {id}Rollout }}
  Properties: {{ FunctionName: !Ref {id}Function, Name: live, FunctionVersion: !GetAtt {id}Version.Version }}
{id}Rollout:
  Type: AWS::CodeDeploy::DeploymentGroup
  Condition: IsGradual
  Properties:
    ApplicationName: !Ref Rollouts
    ServiceRoleArn: !GetAtt RolloutRole.Arn
    DeploymentConfigName: !Sub \"CodeDeployDefault.Lambda${{Rollout}}\"
    DeploymentStyle: {{ DeploymentType: BLUE_GREEN, DeploymentOption: WITH_TRAFFIC_CONTROL }}
    AutoRollbackConfiguration:
      {{ Enabled: true, Events: [DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM, DEPLOYMENT_STOP_ON_REQUEST] }}
    AlarmConfiguration: {{ Enabled: true, Alarms: [{{ Name: !Ref {alarm} }}] }}
"
    );
    text.lines().map(str::to_owned).collect()
}

/// A part with what belongs at each of its lines `# generate: …`.
fn filled(part: &str, functions: &[Routed]) -> Result<String> {
    let mut text = String::new();
    for line in part.lines() {
        let Some((indent, what)) = line.split_once("# generate: ") else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        let lines = match what {
            "bounds" => bounds(functions),
            "last-routes" => last_routes(functions),
            "arns" => functions.iter().flat_map(arns).collect(),
            "aliases" => {
                gradual().iter().map(|id| format!("- !Sub \"${{{id}Function.Arn}}:live\"")).collect()
            }
            "rollouts" => gradual().iter().flat_map(|id| rollout(id)).collect(),
            "functions" => resources(functions),
            "code-mail" => code_mail()?,
            _ => match what.strip_prefix("default ") {
                Some(parameter) => vec![default(parameter)?],
                None => anyhow::bail!("“{what}” cannot be generated"),
            },
        };
        for line in lines {
            if !line.is_empty() {
                text.push_str(indent);
            }
            text.push_str(&line);
            text.push('\n');
        }
    }
    Ok(text)
}

/// The default of a parameter, whose number is in the code.
fn default(parameter: &str) -> Result<String> {
    let (free, retention, previews) = (Plan::default(), Retention::default(), Previews::default());
    let megabytes = |bytes: u64| bytes / 1_000_000;
    let number = match parameter {
        "FreeImages" => free.images_per_month.into(),
        "FreeVideos" => free.videos_per_month.into(),
        "FreeVideoSeconds" => free.video_seconds.into(),
        "FreeUploadMb" => megabytes(free.upload_bytes),
        "FreeVideoMb" => megabytes(free.video_bytes),
        "FreeMegapixels" => free.megapixels.into(),
        "FreeJobsAtOnce" => free.jobs_at_once.into(),
        "FreeJobRequestsPerMinute" => free.job_requests_per_minute.into(),
        "UploadDays" => retention.upload_days.into(),
        "ResultDays" => retention.result_days.into(),
        "AnonymousPreviewsPerHour" => previews.per_hour.into(),
        "AnonymousPreviewsPerDay" => previews.per_day.into(),
        _ => anyhow::bail!("the code has no default for {parameter}"),
    };
    Ok(format!("Default: {number}"))
}

/// Cognito's mail with a code, in all languages one after the other: Cognito replaces `{####}`.
fn code_mail() -> Result<Vec<String>> {
    let all = |message: Message| languages().map(move |language| message.in_language(language));
    let subject = all(mail::code_subject()).collect::<Vec<_>>().join(" · ");
    // <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerificationMessageTemplateType.html>
    ensure!(subject.chars().count() <= 140, "Cognito takes a subject of at most 140 characters: {subject}");
    let texts = all(mail::code_text())
        .zip(languages())
        .map(|(text, language)| format!("  <p lang={}>{text}</p>", language.code()));
    let mut lines =
        vec![format!("EmailSubject: {}", serde_json::to_string(&subject)?), "EmailMessage: >-".to_owned()];
    lines.push("  <p><b>{####}</b></p>".to_owned());
    lines.extend(texts);
    Ok(lines)
}

fn bounds(functions: &[Routed]) -> Vec<String> {
    let of = |one: &Routed| {
        let Throttle { rate, burst } = one.function.throttle?;
        let bound = move |route: &String| {
            format!("\"{route}\": {{ ThrottlingRateLimit: {rate}, ThrottlingBurstLimit: {burst} }}")
        };
        Some(one.routes.iter().map(bound).collect::<Vec<_>>())
    };
    functions.iter().filter_map(of).flatten().collect()
}

/// The logical IDs of integrations and routes, in their chains.
fn lanes(functions: &[Routed]) -> Vec<Vec<String>> {
    let mut lanes = vec![Vec::new(); LANES];
    for (number, one) in functions.iter().enumerate() {
        let lane = &mut lanes[number % LANES];
        lane.push(format!("{}Integration", one.id));
        lane.extend((0..one.routes.len()).map(|number| route_id(one, number)));
    }
    lanes
}

fn last_routes(functions: &[Routed]) -> Vec<String> {
    lanes(functions).iter().filter_map(|lane| lane.last()).map(|id| format!("- {id}")).collect()
}

fn route_id(one: &Routed, number: usize) -> String {
    let number = if number == 0 { String::new() } else { (number + 1).to_string() };
    format!("{}Route{number}", one.id)
}

fn resources(functions: &[Routed]) -> Vec<String> {
    let lanes = lanes(functions);
    let before = |id: &str| {
        let lane = lanes.iter().find_map(|lane| Some((lane, lane.iter().position(|one| one == id)?)));
        let (lane, place) = lane.expect("every resource is in a lane. This is a bug.");
        place.checked_sub(1).map(|place| format!("\n  DependsOn: {}", lane[place])).unwrap_or_default()
    };
    let mut text = String::new();
    for one in functions {
        let id = &one.id;
        text += &function(one);
        let integration = format!("{id}Integration");
        let called = match one.function.gradual {
            true => format!("!If [IsGradual, !Ref {id}Alias, !GetAtt {id}Function.Arn]"),
            false => format!("!GetAtt {id}Function.Arn"),
        };
        let _ = write!(
            text,
            "{integration}:
  Type: AWS::ApiGatewayV2::Integration{}
  Properties:
    ApiId: !Ref Api
    IntegrationType: AWS_PROXY
    PayloadFormatVersion: \"2.0\"
    IntegrationUri: {called}
    CredentialsArn: !GetAtt ApiRole.Arn
",
            before(&integration)
        );
        for (number, key) in one.routes.iter().enumerate() {
            let route = route_id(one, number);
            // The first route depends on its integration anyway.
            let wait = if number == 0 { String::new() } else { before(&route) };
            let _ = write!(
                text,
                "{route}:
  Type: AWS::ApiGatewayV2::Route{wait}
  Properties: {{ ApiId: !Ref Api, RouteKey: \"{key}\", Target: !Sub \"integrations/${{{integration}}}\" }}
"
            );
        }
        text.push('\n');
    }
    text.trim_end().lines().map(str::to_owned).collect()
}

fn function(one: &Routed) -> String {
    let Routed { program, function, id, .. } = one;
    let mut text = format!(
        "{id}Function:
  Type: AWS::Serverless::Function
  Metadata: {{ SkipBuild: true }}
  Properties:
    CodeUri: ../target/lambda/{program}
    Handler: {}
",
        function.name
    );
    if function.gradual {
        text += "    Description: !If [IsGradual, !Ref Release, !Ref AWS::NoValue]\n";
    }
    for (name, value) in function.properties {
        let _ = writeln!(text, "    {name}: {value}");
    }
    let variables = variables(function);
    if !variables.is_empty() {
        text += "    Environment:\n      Variables:\n";
        for (name, value) in variables {
            let _ = writeln!(text, "        {name}: {value}");
        }
    }
    match (function.knows_callers, function.grants) {
        (false, []) => {}
        (true, []) => text += "    Policies: [!Ref HttpPolicy]\n",
        (knows_callers, grants) => {
            text += "    Policies:\n";
            text += if knows_callers { "      - !Ref HttpPolicy\n" } else { "" };
            text += "      - Statement:\n";
            for grant in grants {
                text += &statement(*grant);
            }
        }
    }
    text
}

fn variables(function: &Function) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if function.grants.iter().any(|grant| matches!(grant, Grant::Objects(..) | Grant::List(_))) {
        found.push(("SANSFOND_BUCKET", "!Ref Bucket".to_owned()));
    }
    for grant in function.grants {
        if let Grant::Send(queues) = grant {
            found.extend(queues.iter().map(|queue| match queue {
                Queue::Image => ("SANSFOND_IMAGE_QUEUE_URL", "!Ref ImageQueue".to_owned()),
                Queue::Video => ("SANSFOND_VIDEO_QUEUE_URL", "!Ref VideoQueue".to_owned()),
            }));
        }
    }
    for setting in function.settings {
        let group: &[(&str, &str)] = match setting {
            Setting::PoolClientSecret => {
                &[("SANSFOND_POOL_CLIENT_SECRET", "!GetAtt UserPoolClient.ClientSecret")]
            }
            Setting::FreePlan => &[
                ("SANSFOND_FREE_IMAGES", "!Ref FreeImages"),
                ("SANSFOND_FREE_VIDEOS", "!If [HasMachines, !Ref FreeVideos, \"0\"]"),
                ("SANSFOND_FREE_VIDEO_SECONDS", "!Ref FreeVideoSeconds"),
                ("SANSFOND_FREE_UPLOAD_MB", "!Ref FreeUploadMb"),
                ("SANSFOND_FREE_MEGAPIXELS", "!Ref FreeMegapixels"),
                ("SANSFOND_FREE_JOBS_AT_ONCE", "!Ref FreeJobsAtOnce"),
                ("SANSFOND_FREE_JOB_REQUESTS_PER_MINUTE", "!Ref FreeJobRequestsPerMinute"),
                ("SANSFOND_FREE_VIDEO_MB", "!Ref FreeVideoMb"),
            ],
            Setting::Retention => {
                &[("SANSFOND_UPLOAD_DAYS", "!Ref UploadDays"), ("SANSFOND_RESULT_DAYS", "!Ref ResultDays")]
            }
            Setting::Previews => &[
                ("SANSFOND_ANONYMOUS_PREVIEWS_PER_HOUR", "!Ref AnonymousPreviewsPerHour"),
                ("SANSFOND_ANONYMOUS_PREVIEWS_PER_DAY", "!Ref AnonymousPreviewsPerDay"),
            ],
            Setting::OperatorMail => &[
                ("SANSFOND_OPERATOR_EMAIL", "!Ref OperatorEmail"),
                ("SANSFOND_SENDER_EMAIL", "!Ref SenderEmail"),
            ],
            Setting::Imprint => &[("SANSFOND_IMPRINT", "!Ref Imprint")],
            Setting::Engine => &[
                ("SANSFOND_HOME", "!Ref ImageHome"),
                ("SANSFOND_PREPARED", "!Ref ImagePrepared"),
                ("SANSFOND_MODEL", "!Ref Model"),
                ("SANSFOND_PROVIDER", "!Ref Provider"),
            ],
            Setting::Price => &[("SANSFOND_GB_SECOND_USD", "!Ref GbSecondUsd")],
            Setting::Lease(seconds) => {
                found.push(("SANSFOND_LEASE_SECONDS", format!("\"{seconds}\"")));
                &[]
            }
        };
        found.extend(group.iter().map(|&(name, value)| (name, value.to_owned())));
    }
    found
}

fn statement(grant: Grant) -> String {
    let (actions, resource, condition) = match grant {
        Grant::Rows(actions, keys) => {
            let keys = quoted(keys);
            let condition = format!("{{ \"ForAllValues:StringLike\": {{ dynamodb:LeadingKeys: {keys} }} }}");
            (of("dynamodb", actions), "!GetAtt Table.Arn".to_owned(), condition)
        }
        Grant::Objects(actions, folders) => {
            let below: Vec<_> =
                folders.iter().map(|one| format!("!Sub \"${{Bucket.Arn}}/{one}/*\"")).collect();
            (of("s3", actions), format!("[{}]", below.join(", ")), String::new())
        }
        Grant::List(folders) => {
            let below: Vec<_> = folders.iter().map(|one| format!("{one}/*")).collect();
            let condition = format!("{{ StringLike: {{ s3:prefix: [{}] }} }}", below.join(", "));
            ("s3:ListBucket".to_owned(), "!GetAtt Bucket.Arn".to_owned(), condition)
        }
        Grant::UserPool(actions) => {
            (of("cognito-idp", actions), "!GetAtt UserPool.Arn".to_owned(), String::new())
        }
        Grant::Send(queues) => {
            let arns: Vec<_> = queues
                .iter()
                .map(|queue| match queue {
                    Queue::Image => "!GetAtt ImageQueue.Arn",
                    Queue::Video => "!GetAtt VideoQueue.Arn",
                })
                .collect();
            ("sqs:SendMessage".to_owned(), format!("[{}]", arns.join(", ")), String::new())
        }
        // In its sandbox, SES also asks for other identities, so the conditions are on sender and receiver.
        Grant::MailToOperator => {
            return "        - !If
          - SendsFeedback
          - Effect: Allow
            Action: ses:SendEmail
            Resource: \"*\"
            Condition:
              StringEqualsIfExists: { ses:FromAddress: !Ref SenderEmail }
              \"ForAllValues:StringEquals\": { ses:Recipients: [!Ref OperatorEmail] }
          - !Ref AWS::NoValue\n"
                .to_owned();
        }
    };
    let mut text =
        format!("        - Effect: Allow\n          Action: {actions}\n          Resource: {resource}\n");
    if !condition.is_empty() {
        let _ = writeln!(text, "          Condition: {condition}");
    }
    text
}

fn of(service: &str, actions: &[&str]) -> String {
    let named: Vec<_> = actions.iter().map(|action| format!("{service}:{action}")).collect();
    if let [one] = &named[..] { one.clone() } else { format!("[{}]", named.join(", ")) }
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("[{}]", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_mail_has_one_code_and_every_language() {
        let mail = code_mail().expect("a mail").join("\n");
        assert_eq!(mail.matches("{####}").count(), 1, "{mail}");
        for language in languages() {
            for message in [mail::code_subject(), mail::code_text()] {
                let text = message.in_language(language);
                assert!(mail.contains(&text) && !text.contains(['<', '&', '{']), "{text}: {mail}");
            }
        }
    }
}
