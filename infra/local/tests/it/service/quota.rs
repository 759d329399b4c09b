//! Ten pictures a month, and the refusal of the eleventh.

use serde_json::json;

use super::client::{Client, request};
use super::jobs;
use super::local_cloud::LocalCloud;
use super::people::Person;
use super::pictures::cat;

#[test]
fn the_eleventh_picture_is_refused_until_a_credit_comes_back() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "eleven");
    let first = jobs::upload(&mut person.browser, "cat.png", &cat());
    jobs::completed(&mut person.browser, &first, jobs::PROMPT);
    let waiting: Vec<String> =
        (2..=10).map(|_| jobs::id(&jobs::announce(&mut person.browser, "cat.png", 1000)["job"])).collect();
    assert_eq!(jobs::usage(&mut person.browser), (10, 0, 9));

    let eleventh = jobs::declaration("cat.png", "image/png", 1000);
    let problem = person.browser.post("/api/uploads", &eleventh).problem(402, "insufficient_credits");
    assert_eq!((&problem["left"], &problem["allowance"]), (&json!(0), &json!(10)), "{problem}");
    let renews_at = problem["renews_at"].as_str().expect("a time");
    assert!(renews_at.contains("-01T00:00:00"), "{renews_at}");
    assert_eq!(problem["title"], "You do not have enough credits.");
    let mut french = person.browser.clone().with("accept-language", "fr-FR, en;q=0.3");
    let problem = french.post("/api/uploads", &eleventh).problem(402, "insufficient_credits");
    assert_eq!(problem["title"], "Vous n’avez pas assez de crédits.");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("se renouvellent")), "{problem}");
    assert_eq!(jobs::usage(&mut person.browser), (10, 0, 9), "being refused costs nothing");

    let path = format!("/api/jobs/{}/cancel", waiting[0]);
    for _ in 0..2 {
        assert_eq!(person.browser.do_post(&path).expect(200).json()["state"], "cancelled");
    }
    let entries = jobs::entries(&[("reserved", -1), ("cancelled", 1)]);
    assert_eq!(
        jobs::ledger(&mut person.browser, &waiting[0]),
        entries,
        "cancelling twice returns one credit"
    );
    person.browser.post("/api/uploads", &eleventh).expect(201);
    person.browser.post("/api/uploads", &eleventh).problem(402, "insufficient_credits");
}

#[test]
fn ten_of_many_simultaneous_requests_are_accepted() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "crowd");
    let program = person.program(local_cloud);
    let ask = |mut program: Client| program.post("/api/uploads", &jobs::declaration("a.png", "image/png", 9));
    let answers = std::thread::scope(|threads| {
        let asked: Vec<_> = (0..24).map(|_| threads.spawn(|| ask(program.clone()))).collect();
        asked.into_iter().map(|thread| thread.join().expect("an answer")).collect::<Vec<_>>()
    });
    let accepted = answers.iter().filter(|answer| answer.status == 201).count();
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert!(matches!(answer.status, 402 | 429), "{} {}", answer.status, answer.text());
    }
    let (used, left, open) = jobs::usage(&mut person.browser);
    assert_eq!((used, left, open), (accepted as u64, 10 - accepted as u64, accepted as u64));
    // “Busy” is a correct response too, but then a credit is left.
    let busy =
        answers.iter().filter(|answer| answer.status == 429 && answer.json()["code"] == "busy").count();
    assert!(accepted == 10 || busy > 0, "{accepted} of 24 were accepted");
}

#[test]
fn a_repeated_request_returns_the_same_job() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "idempotent");
    let mut program = person.program(local_cloud).with("idempotency-key", "order-4711");
    let wanted = jobs::declaration("cat.png", "image/png", cat().len());
    let first = program.post("/api/uploads", &wanted).expect(201).json();
    let second = program.post("/api/uploads", &wanted).expect(200).json();
    assert_eq!(first["job"]["id"], second["job"]["id"]);
    program
        .post("/api/uploads", &jobs::declaration("dog.png", "image/png", 5))
        .problem(422, "idempotency_key_reused");
    // The second link is as good as the first.
    jobs::put(&second, &cat()).expect(200);
    let id = jobs::id(&first["job"]);
    let job = jobs::completed(&mut program, &id, jobs::PROMPT);
    program.post("/api/uploads", &wanted).problem(409, "invalid_state");
    assert_eq!(jobs::usage(&mut program), (1, 9, 0));

    program.delete(&format!("/api/jobs/{id}")).expect(204);
    program.get(&format!("/api/jobs/{id}")).problem(404, "not_found");
    let link = job["result"]["download_url"].as_str().expect("a link");
    request("GET", link, &[], None).expect(403);
    assert_eq!(jobs::usage(&mut program), (1, 9, 0), "a deleted picture was used all the same");
}
