//! The questions of each request: a pool of them, so that no two in a row ask for the same rows.

use liaison_domain::viewer::Role;
use serde_json::{Value, json};

use super::super::server::{Server, organization_id, token};
use super::super::texts::{email_of, phone_number};
use super::super::world::{self, Kind, OrganizationIs, ROLES, World, chance, id};
use super::{ANEW, Ask, Q1, Q2, Q3, Q4, Q4_COUNTED, Q5, Q6, Q7, Q8, Q9, Request, WRITING};
use crate::Outcome;

/// How many different questions a pool holds at most.
const POOL: u64 = 200;
/// Rows a page of the walk through the directory.
const PAGE: u64 = 50;
/// A tenant's largest directory has so many pages of this size that there is a 200th.
const PAGE_OF_TENANT: u64 = 20;

/// The requests of these names.
pub async fn named(names: &[&'static str], server: &Server, world: &World) -> Outcome<Vec<Request>> {
    let mut requests = Vec::new();
    for name in names.iter().copied() {
        let asks = match name {
            "Q1" => of_organizations(world, Q1)?,
            "Q1l" => of_large(world, Q1)?,
            "Q1t" => of_tenants(world, Q1)?,
            "Q2" => of_organizations(world, Q2)?,
            "Q2l" => of_large(world, Q2)?,
            "Q2t" => of_tenants(world, Q2)?,
            "Q3" => searches(world)?,
            "Q3t" => searches_of_tenants(world)?,
            "Q4" => shared(server, Q4).await?,
            "Q4n" => shared(server, Q4_COUNTED).await?,
            "Q5" => of_contacts(world)?,
            "Q6" => of_many(world)?,
            "Q7" => vec_of_pages(server, &admin()?, PAGE, 190..210).await?,
            "Q7t" => pages_of_tenants(server, world).await?,
            "Q8" => new_people(world)?,
            "Q9" => moved_lines(world)?,
            other => return Err(format!("{other} has no questions").into()),
        };
        let says = if WRITING.contains(&name) { "\"userErrors\":[]" } else { "" };
        let floor = match name {
            "Q1" | "Q1l" | "Q1t" => Some("q1"),
            "Q2" | "Q2l" => Some("q2"),
            "Q3" => Some("q3"),
            "Q4" => Some("q4"),
            "Q4n" => Some("q4_counted"),
            "Q5" => Some("q5"),
            "Q6" => Some("q6"),
            "Q7" => Some("q7"),
            "Q8" => Some("q8"),
            "Q9" => Some("q9"),
            _ => None,
        };
        requests.push(Request { name, asks, says, floor });
    }
    Ok(requests)
}

fn admin() -> Outcome<String> {
    token(Role::SuperAdmin, 0)
}

/// Organizations of every size: most of them small, one in ten large.
fn some_organizations(world: &World) -> Vec<u64> {
    let large: Vec<u64> = world.large().collect();
    let pick = |at: u64| match at % 10 {
        7 => large[(at / 10) as usize % large.len()],
        _ => chance(&[80, at]) % world.organizations,
    };
    (0..POOL).map(pick).collect()
}

fn of_organizations(world: &World, document: &str) -> Outcome<Vec<Ask>> {
    let admin = admin()?;
    some_organizations(world)
        .into_iter()
        .map(|index| Ask::new(&admin, document, &json!({ "id": organization_id(index) })))
        .collect()
}

/// Where there are more people than a page has, and far more than that.
fn of_large(world: &World, document: &str) -> Outcome<Vec<Ask>> {
    let admin = admin()?;
    world.large().map(|index| Ask::new(&admin, document, &json!({ "id": organization_id(index) }))).collect()
}

/// Each organization asks for itself.
fn of_tenants(world: &World, document: &str) -> Outcome<Vec<Ask>> {
    let asks = some_organizations(world).into_iter().map(|index| {
        Ask::new(&token(role_at(world, index), index)?, document, &json!({ "id": organization_id(index) }))
    });
    asks.collect()
}

/// Each organization's administrator makes a person with a role there and a phone.
fn new_people(world: &World) -> Outcome<Vec<Ask>> {
    let person = |(at, index): (usize, u64)| {
        let role = ROLES[at % ROLES.len()].0.to_uppercase();
        let contact = json!({
            // The floor compares nobody with anybody either.
            "allowDuplicate": true,
            "firstName": "New", "lastName": format!("Person {ANEW}"), "title": "Nurse",
            "organizations": [{ "type": role }],
            "phones": [{ "phone": { "create": { "number": format!("+1301{ANEW}"), "code": "mobile" } } }],
        });
        let bare = json!({ "id": organization_id(index), "contact": contact });
        Ask::with_bare(&token(role_at(world, index), index)?, Q8, &json!({ "contact": contact }), &bare)
    };
    some_organizations(world).into_iter().enumerate().map(person).collect()
}

/// The organization that has the shared lines gives them other numbers; the floor takes other lines, as no event tells of what it does.
fn moved_lines(world: &World) -> Outcome<Vec<Ask>> {
    let (owner, _) = world.line(0);
    let token = token(role_at(world, owner), owner)?;
    let moved = |line: u64| {
        let phone = id(Kind::Line, line);
        json!({ "id": phone, "phone": { "number": format!("+1301{ANEW}") } })
    };
    let halves = (0..world::LINES / 2).map(|line| (line, line + world::LINES / 2));
    halves.map(|(ours, bare)| Ask::with_bare(&token, Q9, &moved(ours), &moved(bare))).collect()
}

/// What somebody types who remembers a little of a contact: of every kind as often.
fn fragment(contact: u64, at: u64) -> String {
    let (given, family) = world::name(contact);
    let (_, e164) = phone_number(contact * 3);
    let email = email_of(contact);
    let part = |text: &str, from: usize, length: usize| text.chars().skip(from).take(length).collect::<String>();
    match at % 8 {
        0 => part(&family, 0, 5),
        1 => format!("{given} {}", part(&family, 0, 3)),
        2 => format!("{family}, {given}"),
        3 => part(&family, 2, 5),
        4 => part(&email, 3, 10),
        5 => email,
        6 => part(&e164, e164.len() - 7, 7),
        _ => part(&e164, 4, 6),
    }
}

fn searches(world: &World) -> Outcome<Vec<Ask>> {
    let admin = admin()?;
    let search = |at: u64| fragment(chance(&[83, at]) % world.contacts, at);
    (0..POOL).map(|at| Ask::new(&admin, Q3, &json!({ "search": search(at) }))).collect()
}

/// Each tenant, large and small, looks for a contact of its own.
fn searches_of_tenants(world: &World) -> Outcome<Vec<Ask>> {
    let search = |at: u64| {
        let contact = chance(&[84, at]) % world.contacts;
        let owner = world.owner(contact);
        Ask::new(&token(role_at(world, owner), owner)?, Q3, &json!({ "search": fragment(contact, at) }))
    };
    (0..POOL).map(search).collect()
}

fn role_at(world: &World, index: u64) -> Role {
    match world.organization(index) {
        OrganizationIs::Partner => Role::PartnerAdmin,
        OrganizationIs::Provider { .. } | OrganizationIs::Platform => Role::ProviderAdmin,
    }
}

fn of_contacts(world: &World) -> Outcome<Vec<Ask>> {
    let admin = admin()?;
    // Half of them shared, as those are what the request is about.
    let contact = |at: u64| {
        let any = chance(&[81, at]) % world.contacts;
        if at.is_multiple_of(2) { any / 10 * 10 + 3 } else { any }
    };
    (0..POOL).map(|at| Ask::new(&admin, Q5, &json!({ "id": id(Kind::Contact, contact(at)) }))).collect()
}

fn of_many(world: &World) -> Outcome<Vec<Ask>> {
    let admin = admin()?;
    let fifty =
        |at: u64| (0..50).map(|n| organization_id(chance(&[82, at, n]) % world.organizations)).collect::<Vec<_>>();
    (0..POOL / 4).map(|at| Ask::new(&admin, Q6, &json!({ "ids": fifty(at) }))).collect()
}

/// The first pages of those whom several organizations share.
async fn shared(server: &Server, document: &str) -> Outcome<Vec<Ask>> {
    let admin = admin()?;
    let mut asks = Vec::new();
    let mut after = Value::Null;
    for _ in 0..20 {
        let next = Ask::new(&admin, document, &json!({ "after": after }))?;
        let answer = server.ask(&admin, next.with_cost.bytes()).await?;
        after = answer["data"]["contacts"]["pageInfo"]["endCursor"].clone();
        asks.push(next);
    }
    Ok(asks)
}

/// The pages of these numbers, found by walking there from the first.
async fn vec_of_pages(server: &Server, token: &str, page: u64, numbers: std::ops::Range<u64>) -> Outcome<Vec<Ask>> {
    // The way there in steps of the largest page.
    const STEP: u64 = 200;
    let mut after = Value::Null;
    let mut passed = 0;
    let wanted = (numbers.start - 1) * page;
    let mut asks = Vec::new();
    while asks.len() < (numbers.end - numbers.start) as usize {
        let is_there = passed >= wanted;
        let first = if is_there { page } else { STEP.min(wanted - passed) };
        let next = Ask::new(token, Q7, &json!({ "first": first, "after": after }))?;
        let answer = server.ask(token, next.with_cost.bytes()).await?;
        let info = &answer["data"]["contacts"]["pageInfo"];
        if is_there {
            asks.push(next);
        }
        if info["hasNextPage"] != true {
            break;
        }
        after = info["endCursor"].clone();
        passed += first;
    }
    if asks.is_empty() {
        return Err(format!("the directory has no page {}", numbers.start).into());
    }
    Ok(asks)
}

async fn pages_of_tenants(server: &Server, world: &World) -> Outcome<Vec<Ask>> {
    let mut asks = Vec::new();
    for index in world.large().take(4) {
        asks.extend(vec_of_pages(server, &token(Role::ProviderAdmin, index)?, PAGE_OF_TENANT, 196..206).await?);
    }
    Ok(asks)
}
