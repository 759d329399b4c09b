//! A job of several pieces, each with a worker and a lease of its own.

use super::*;
use crate::job::{Piece, PieceNumber};

const FRAMES: VideoProgress = VideoProgress { frames: 1, of: 500, per_10_s: 50, left_s: None };

fn in_two_pieces() -> TestAccount {
    let mut test_account = TestAccount::queued_video(VideoOptions::default(), FOUND);
    let job = test_account.0.job.as_mut().expect("a job");
    job.pieces = vec![Piece::default(); 2];
    test_account
}

impl TestAccount {
    fn start_piece(&self, piece: PieceNumber, second: i64) -> Result<Decision, Refusal> {
        start(&self.0, piece, &StartReason::Again, LEASE, at(second))
    }
}

#[test]
fn each_piece_has_its_own_lease() {
    let mut test_account = in_two_pieces();
    test_account.write(test_account.start_piece(0, 10));
    assert_eq!(test_account.start_piece(0, 20), Err(Refusal::Leased { until: at(10).plus(LEASE) }));
    test_account.write(test_account.start_piece(1, 30));
    assert_eq!(test_account.job().attempts(), 2);
    assert_eq!(test_account.start_piece(2, 40), Ok(Decision::Nothing), "there is no such piece");

    let first_expiry = at(10).plus(LEASE);
    assert_eq!(
        test_account.job().due_at,
        Some(first_expiry.plus(LOST_AFTER)),
        "the first lease to expire counts"
    );
    let first = Claim { piece: 0, attempt: 1 };
    test_account.write(advance(&test_account.0, first, FRAMES, LEASE, at(50)));
    assert_eq!(test_account.job().due_at, Some(at(30).plus(LEASE).plus(LOST_AFTER)));
}

#[test]
fn a_worker_loses_only_its_own_piece() {
    let mut test_account = in_two_pieces();
    test_account.write(test_account.start_piece(0, 10));
    test_account.write(test_account.start_piece(1, 10));
    let [first, second] = [0, 1].map(|piece| Claim { piece, attempt: 1 });
    test_account.write(hand_over(&test_account.0, first, at(20)));
    assert_eq!(
        test_account.job().due_at,
        Some(at(10).plus(LEASE).plus(LOST_AFTER)),
        "the other worker continues"
    );
    test_account.write(test_account.start_piece(0, 21));

    assert_eq!(advance(&test_account.0, first, FRAMES, LEASE, at(22)), Ok(Decision::Nothing));
    assert_eq!(fail_attempt(&test_account.0, first, Failure::NoSubject, at(22)), Ok(Decision::Nothing));
    test_account.write(advance(&test_account.0, second, FRAMES, LEASE, at(22)));
    let again = Claim { piece: 0, attempt: 2 };
    test_account.write(fail_attempt(&test_account.0, again, Failure::NoSubject, at(23)));
    assert_eq!(
        advance(&test_account.0, second, FRAMES, LEASE, at(24)),
        Ok(Decision::Nothing),
        "the job has ended"
    );
    assert_eq!(test_account.job().next_expiry(), None, "a job that has ended has no lease");
}

#[test]
fn a_job_without_workers_waits_for_a_machine() {
    let mut test_account = in_two_pieces();
    for piece in [0, 1] {
        test_account.write(test_account.start_piece(piece, 10));
    }
    for piece in [0, 1] {
        test_account.write(hand_over(&test_account.0, Claim { piece, attempt: 1 }, at(20)));
    }
    assert_eq!(test_account.job().due_at, Some(at(20).plus(MAX_QUEUED)));
}
