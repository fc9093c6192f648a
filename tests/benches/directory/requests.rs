//! The requests of quality.md: a document each, with a pool of variables so that no two in a row ask for the same rows.
//! They are measured elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use liaison_domain::viewer::Role;
use serde_json::{Value, json};

use super::events::{email_of, phone_number};
use super::options::Options;
use super::server::{Server, organization_id, token};
use super::world::{self, Kind, OrganizationIs, ROLES, World, chance, id};
use crate::Outcome;

/// How many different questions a pool holds at most.
const POOL: u64 = 200;
/// Rows a page of the walk through the directory.
const PAGE: u64 = 50;
/// A tenant's largest directory has so many pages of this size that there is a 200th.
const PAGE_OF_TENANT: u64 = 20;

pub const Q1: &str = include_str!("requests/q1.graphql");
pub const Q2: &str = include_str!("requests/q2.graphql");
pub const Q3: &str = include_str!("requests/q3.graphql");
pub const Q4: &str = include_str!("requests/q4.graphql");
pub const Q4_COUNTED: &str = include_str!("requests/q4_counted.graphql");
pub const Q5: &str = include_str!("requests/q5.graphql");
pub const Q6: &str = include_str!("requests/q6.graphql");
pub const Q7: &str = include_str!("requests/q7.graphql");
const Q8: &str = include_str!("requests/q8.graphql");

/// Stands in a question for a number that no request had before.
const ANEW: &str = "§";

/// One request, as somebody or as several in turn.
pub struct Request {
    pub name: &'static str,
    pub asks: Vec<Ask>,
    /// What stands in the answer to a request that did its work.
    pub says: &'static str,
}

/// One question of a pool.
pub struct Ask {
    pub token: String,
    body: Body,
    with_cost: Body,
}

/// A body as it is sent.
enum Body {
    /// The same each time.
    Same(Bytes),
    /// With a new number between the pieces.
    Anew(Vec<String>),
}

impl Body {
    fn of(body: &Value) -> Outcome<Self> {
        let text = serde_json::to_string(body)?;
        let pieces: Vec<String> = text.split(ANEW).map(str::to_owned).collect();
        Ok(if pieces.len() == 1 { Self::Same(text.into()) } else { Self::Anew(pieces) })
    }

    fn bytes(&self) -> Bytes {
        match self {
            Self::Same(bytes) => bytes.clone(),
            Self::Anew(pieces) => {
                // Seven digits that are a phone number behind an area code.
                static NEXT: AtomicU64 = AtomicU64::new(2_000_000);
                pieces.join(&NEXT.fetch_add(1, Ordering::Relaxed).to_string()).into()
            }
        }
    }
}

impl Ask {
    /// What is sent: the same each time, or anew where nothing may be made twice.
    pub fn body(&self) -> Bytes {
        self.body.bytes()
    }
}

/// What a request makes the server do, over its pool.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    pub statements: f64,
    pub rows: f64,
    pub bytes: f64,
}

fn ask(token: &str, document: &str, variables: &Value) -> Outcome<Ask> {
    let body = json!({ "query": document, "variables": variables });
    let with_cost = json!({ "query": document, "variables": variables, "extensions": { "cost": true } });
    Ok(Ask { token: token.to_owned(), body: Body::of(&body)?, with_cost: Body::of(&with_cost)? })
}

const READING: [&str; 12] = ["Q1", "Q1t", "Q2", "Q2t", "Q3", "Q3t", "Q4", "Q4n", "Q5", "Q6", "Q7", "Q7t"];
const WRITING: [&str; 1] = ["Q8"];

/// Which requests are wanted: those that read, and those that write.
pub fn wanted(options: &Options) -> Outcome<(Vec<&'static str>, Vec<&'static str>)> {
    let all = READING.iter().chain(&WRITING);
    if let Some(unknown) = options.only.iter().find(|only| !all.clone().any(|name| name.eq_ignore_ascii_case(only))) {
        let names: Vec<&str> = all.copied().collect();
        return Err(format!("there is no request {unknown}; there are {}", names.join(", ")).into());
    }
    let is_wanted =
        |name: &&str| options.only.is_empty() || options.only.iter().any(|only| only.eq_ignore_ascii_case(name));
    Ok((READING.into_iter().filter(is_wanted).collect(), WRITING.into_iter().filter(is_wanted).collect()))
}

/// The requests of these names, with the floor of each still to come beside them.
pub async fn named(names: &[&'static str], server: &Server, world: &World) -> Outcome<Vec<Request>> {
    let mut requests = Vec::new();
    for name in names.iter().copied() {
        let asks = match name {
            "Q1" => of_organizations(world, Q1)?,
            "Q1t" => of_tenants(world, Q1)?,
            "Q2" => of_organizations(world, Q2)?,
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
            other => return Err(format!("{other} has no questions").into()),
        };
        let says = if WRITING.contains(&name) { "\"userErrors\":[]" } else { "" };
        requests.push(Request { name, asks, says });
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
        .map(|index| ask(&admin, document, &json!({ "id": organization_id(index) })))
        .collect()
}

/// Each organization asks for itself.
fn of_tenants(world: &World, document: &str) -> Outcome<Vec<Ask>> {
    let asks = some_organizations(world)
        .into_iter()
        .map(|index| ask(&token(role_at(world, index), index)?, document, &json!({ "id": organization_id(index) })));
    asks.collect()
}

/// Each organization's administrator makes a person with a role there and a phone.
fn new_people(world: &World) -> Outcome<Vec<Ask>> {
    let person = |at: usize| {
        let role = ROLES[at % ROLES.len()].0.to_uppercase();
        json!({ "contact": {
            // The floor compares nobody with anybody either.
            "allowDuplicate": true,
            "firstName": "New", "lastName": format!("Person {ANEW}"), "title": "Nurse",
            "organizations": [{ "type": role }],
            "phones": [{ "phone": { "create": { "number": format!("+1301{ANEW}"), "code": "mobile" } } }],
        } })
    };
    some_organizations(world)
        .into_iter()
        .enumerate()
        .map(|(at, index)| ask(&token(role_at(world, index), index)?, Q8, &person(at)))
        .collect()
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
    (0..POOL).map(|at| ask(&admin, Q3, &json!({ "search": search(at) }))).collect()
}

/// Each tenant, large and small, looks for a contact of its own.
fn searches_of_tenants(world: &World) -> Outcome<Vec<Ask>> {
    let search = |at: u64| {
        let contact = chance(&[84, at]) % world.contacts;
        let owner = world.owner(contact);
        ask(&token(role_at(world, owner), owner)?, Q3, &json!({ "search": fragment(contact, at) }))
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
    (0..POOL).map(|at| ask(&admin, Q5, &json!({ "id": id(Kind::Contact, contact(at)) }))).collect()
}

fn of_many(world: &World) -> Outcome<Vec<Ask>> {
    let admin = admin()?;
    let fifty =
        |at: u64| (0..50).map(|n| organization_id(chance(&[82, at, n]) % world.organizations)).collect::<Vec<_>>();
    (0..POOL / 4).map(|at| ask(&admin, Q6, &json!({ "ids": fifty(at) }))).collect()
}

/// The first pages of those whom several organizations share.
async fn shared(server: &Server, document: &str) -> Outcome<Vec<Ask>> {
    let admin = admin()?;
    let mut asks = Vec::new();
    let mut after = Value::Null;
    for _ in 0..20 {
        let next = ask(&admin, document, &json!({ "after": after }))?;
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
        let next = ask(token, Q7, &json!({ "first": first, "after": after }))?;
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

/// Asks each question of a pool once, with its cost.
pub async fn effort(server: &Server, request: &Request) -> Outcome<Effort> {
    let mut effort = Effort { statements: 0.0, rows: 0.0, bytes: 0.0 };
    let number = request.asks.len() as f64;
    for ask in &request.asks {
        let answer = server.ask(&ask.token, ask.with_cost.bytes()).await?;
        if !answer.to_string().contains(request.says) {
            return Err(format!("{} was refused: {answer}", request.name).into());
        }
        let cost = &answer["extensions"]["cost"];
        let value = |name: &str| cost[name].as_f64().ok_or(format!("{} has no {name} in its cost", request.name));
        effort.statements += value("statements")? / number;
        effort.rows += value("rows")? / number;
        effort.bytes += answer["data"].to_string().len() as f64 / number;
    }
    if effort.rows < 1.0 {
        return Err(format!("{} finds nobody: the data or the request is wrong", request.name).into());
    }
    Ok(effort)
}
