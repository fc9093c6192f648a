//! Decisions without a database, on a made-up relationship: somebody who holds a post, of which there are several and one primary.

use liaison_entity::student_guardian_relationship::{Entity, Model};
use liaison_entity::values::Persona;
use serde::{Deserialize, Serialize};

use super::*;
use crate::event::Event;
use crate::failure::Failure;
use crate::relationship::Between;
use crate::session::Work;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Post {
    holder: u8,
    is_primary: bool,
    #[serde(flatten)]
    period: Period,
}

impl Relation for Post {
    type Entity = Entity;

    const NOUN: &'static str = "post";
    const MUTATION: &'static str = "post";
    const ESTABLISHED: &'static str = "post.established";
    const ENDED: &'static str = "post.ended";
    const VOIDED: &'static str = "post.voided";

    fn of(_row: &Model) -> Self {
        unreachable!("no row is read")
    }

    fn is_voided(_row: &Model) -> bool {
        unreachable!("no row is read")
    }

    fn into_row(self, _event: &Event) -> Model {
        unreachable!("no row is written")
    }

    fn recorded_by(&self) -> Uuid {
        Uuid::nil()
    }

    fn between(&self) -> Between {
        Between { guardian_id: Some(Uuid::from_u128(self.holder.into())), ..Between::default() }
    }

    fn personas(&self) -> Vec<(Uuid, Persona)> {
        Vec::new()
    }

    fn period(&self) -> Period {
        self.period
    }

    fn over(&self, period: Period) -> Self {
        Self { period, ..self.clone() }
    }

    fn is_same(&self, other: &Self) -> bool {
        self.holder == other.holder
    }

    fn is_primary(&self) -> bool {
        self.is_primary
    }

    fn demoted(&self) -> Self {
        Self { is_primary: false, ..self.clone() }
    }

    fn overlap(&self, other: &Self) -> Refusal {
        Refusal::new(RefusalCode::Overlaps, "startsOn", format!("overlaps {}", other.period))
    }

    fn rival(&self, other: &Self) -> Refusal {
        Refusal::new(RefusalCode::Overlaps, "isPrimary", format!("rivals {}", other.period))
    }

    async fn beside(&self, _work: &Work<'_>) -> Result<Vec<Standing<Self>>, Failure> {
        unreachable!("no row is read")
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn post(holder: u8, is_primary: bool, starts_on: &str, ends_on: &str) -> Post {
    let period = Period::new(day(starts_on), (!ends_on.is_empty()).then(|| day(ends_on))).unwrap();
    Post { holder, is_primary, period }
}

fn standing(id: u128, relation: Post) -> Standing<Post> {
    Standing { id: Uuid::from_u128(id), version: 1, relation }
}

fn refused(field: &str, of: Refusal) -> String {
    assert_eq!(of.field, [field]);
    of.message
}

#[test]
fn a_new_one_beside_others_changes_nothing_of_them() {
    let mother = standing(1, post(1, true, "2026-01-01", ""));
    let plan = start(&post(2, false, "2026-02-01", ""), Until::Told, None, &[mother]).unwrap();
    assert_eq!(plan, Plan { ended: vec![], reopened: vec![] });
}

#[test]
fn the_same_may_not_share_a_day_with_itself() {
    let before = standing(1, post(1, false, "2026-01-01", "2026-06-30"));
    let at_the_seam =
        start(&post(1, false, "2026-06-30", ""), Until::Told, None, std::slice::from_ref(&before)).unwrap_err();
    assert_eq!(refused("startsOn", at_the_seam), "overlaps from 2026-01-01 to 2026-06-30");
    assert!(start(&post(1, false, "2026-07-01", ""), Until::Told, None, &[before]).is_ok());
}

#[test]
fn what_is_replaced_ends_the_day_before() {
    let mother = standing(1, post(1, true, "2026-01-01", ""));
    let all = [mother.clone()];
    // The same holder with another flag, and another holder as primary: neither runs into what it replaces.
    for new in [post(1, false, "2026-06-01", ""), post(2, true, "2026-06-01", "")] {
        let plan = start(&new, Until::Told, Some(&mother), &all).unwrap();
        assert_eq!(plan, Plan { ended: vec![(mother.clone(), day("2026-05-31"))], reopened: vec![] });
    }
    let too_early = start(&post(2, true, "2026-01-01", ""), Until::Told, Some(&mother), &all).unwrap_err();
    assert_eq!(
        refused("startsOn", too_early),
        "startsOn must be after 2026-01-01, on which the post begins that this is to replace; if that one is wrong, postVoid it"
    );
    let over = standing(2, post(1, true, "2026-01-01", "2026-03-31"));
    let too_late =
        start(&post(2, true, "2026-06-01", ""), Until::Told, Some(&over), std::slice::from_ref(&over)).unwrap_err();
    assert_eq!(
        refused("replaces", too_late),
        "the post that this is to replace ends on 2026-03-31, before startsOn: leave replaces out to begin a new one"
    );
    // One that ends on the very day before is replaced without a change.
    let plan = start(&post(2, true, "2026-04-01", ""), Until::Told, Some(&over), std::slice::from_ref(&over)).unwrap();
    assert_eq!(plan.ended, [(over, day("2026-03-31"))]);
}

#[test]
fn a_new_primary_takes_its_days_from_the_other_and_gives_them_back() {
    let mother = standing(1, post(1, true, "2026-01-01", ""));
    let summer = post(2, true, "2026-06-01", "2026-08-31");
    let plan = start(&summer, Until::Told, None, std::slice::from_ref(&mother)).unwrap();
    assert_eq!(plan.ended, [(mother.clone(), day("2026-05-31"))]);
    assert_eq!(plan.reopened, [post(1, false, "2026-06-01", "2026-08-31"), post(1, true, "2026-09-01", "")]);
    // For good: there is nothing to give back.
    let plan = start(&post(2, true, "2026-06-01", ""), Until::Told, None, &[mother]).unwrap();
    assert_eq!(plan.reopened, [post(1, false, "2026-06-01", "")]);
    // On its last days only.
    let till_july = standing(1, post(1, true, "2026-01-01", "2026-07-31"));
    let plan = start(&summer, Until::Told, None, &[till_july]).unwrap();
    assert_eq!(plan.reopened, [post(1, false, "2026-06-01", "2026-07-31")]);
}

#[test]
fn a_primary_that_begins_later_is_not_pushed_aside() {
    let autumn = standing(1, post(1, true, "2026-09-01", ""));
    let refusal =
        start(&post(2, true, "2026-06-01", ""), Until::Told, None, std::slice::from_ref(&autumn)).unwrap_err();
    assert_eq!(refused("isPrimary", refusal), "rivals from 2026-09-01 on");
    assert!(
        start(&post(2, true, "2026-06-01", "2026-08-31"), Until::Told, None, std::slice::from_ref(&autumn)).is_ok()
    );
    assert!(start(&post(2, false, "2026-06-01", ""), Until::Told, None, &[autumn]).is_ok());
}

#[test]
fn an_end_may_be_moved_as_long_as_it_runs_into_nobody() {
    let first = standing(1, post(1, true, "2026-01-01", "2026-06-30"));
    let second = standing(2, post(2, true, "2026-09-01", ""));
    let all = [first.clone(), second];
    assert_eq!(end(&first, day("2026-06-30"), &all), Ok(None), "it does so already");
    for ends_on in ["2026-01-01", "2026-03-31", "2026-08-31"] {
        let period = end(&first, day(ends_on), &all).unwrap().unwrap();
        assert_eq!(period.ends_on(), Some(day(ends_on)));
    }
    let early = end(&first, day("2025-12-31"), &all).unwrap_err();
    assert!(refused("endsOn", early).starts_with("endsOn must not be before startsOn, 2026-01-01"));
    let late = end(&first, day("2026-09-01"), &all).unwrap_err();
    assert_eq!(
        refused("endsOn", late),
        "endsOn must be before 2026-09-01: from then on another post stands in its place"
    );
}

#[test]
fn what_is_replaced_for_some_days_is_again_as_it_was_afterwards() {
    let father = standing(1, post(1, false, "2026-01-01", "2026-12-31"));
    let mother = standing(2, post(2, true, "2026-01-01", ""));
    let summer = post(1, true, "2026-06-01", "2026-08-31");
    let plan = start(&summer, Until::Told, Some(&father), &[father.clone(), mother.clone()]).unwrap();
    assert_eq!(plan.ended, [(father.clone(), day("2026-05-31")), (mother, day("2026-05-31"))]);
    let [father_again, mother_meanwhile, mother_again] = plan.reopened.as_slice() else { panic!("{plan:?}") };
    assert_eq!(*father_again, post(1, false, "2026-09-01", "2026-12-31"));
    assert_eq!(*mother_meanwhile, post(2, false, "2026-06-01", "2026-08-31"));
    assert_eq!(*mother_again, post(2, true, "2026-09-01", ""));
    // Another holder for some days: what becomes of the post afterwards nobody has said.
    let plan =
        start(&post(3, false, "2026-06-01", "2026-08-31"), Until::Told, Some(&father), std::slice::from_ref(&father))
            .unwrap();
    assert_eq!(plan.reopened, []);
}

#[test]
fn what_goes_on_in_another_row_is_not_changed_or_ended_in_its_first_alone() {
    let before = standing(1, post(1, true, "2026-01-01", "2026-05-31"));
    let during = standing(2, post(1, false, "2026-06-01", "2026-08-31"));
    let all = [before.clone(), during.clone()];
    let change = start(&post(1, true, "2026-02-01", "2026-05-31"), Until::LeftOut, Some(&before), &all).unwrap_err();
    let goes_on = format!("goes on from 2026-06-01 to 2026-08-31 in the row {}", during.id);
    assert!(refused("replaces", change).contains(&goes_on));
    assert!(start(&post(1, true, "2026-02-01", "2026-05-31"), Until::Told, Some(&before), &all).is_ok());
    let ended = end(&before, day("2026-03-01"), &all).unwrap_err();
    assert!(refused("endsOn", ended).contains(&goes_on));
    assert!(end(&during, day("2026-07-01"), &all).unwrap().is_some(), "the last one ends when it is told to");
}
