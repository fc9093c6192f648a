//! How a peer is asked: a document for each request, and the variables that it takes.

use serde_json::{Value, json};

use super::super::requests::{self, ANEW, Ask};
use super::super::same;
use super::{Name, Peer};
use crate::Outcome;

const Q1: &str = include_str!("postgraphile/q1.graphql");
const Q2: &str = include_str!("postgraphile/q2.graphql");
const Q4: &str = include_str!("postgraphile/q4.graphql");
const Q5: &str = include_str!("postgraphile/q5.graphql");
const Q7: &str = include_str!("postgraphile/q7.graphql");
const Q8: &str = include_str!("postgraphile/q8.graphql");
const CODE: &str = include_str!("postgraphile/code.graphql");
const CURSOR: &str = include_str!("postgraphile/cursor.graphql");
const MERCURIUS_Q8: &str = include_str!("mercurius/q8.graphql");

impl Name {
    /// The document of a request. Mercurius' schema, which is by hand, takes the server's own, but for whoever a token
    /// stands for.
    pub fn document(self, request: &str) -> Option<&'static str> {
        match (self, request) {
            (Self::PostGraphile, "Q1" | "Q1l") => Some(Q1),
            (Self::PostGraphile, "Q2" | "Q2l") => Some(Q2),
            (Self::PostGraphile, "Q4") => Some(Q4),
            (Self::PostGraphile, "Q5") => Some(Q5),
            (Self::PostGraphile, "Q7") => Some(Q7),
            (Self::PostGraphile, "Q8") => Some(Q8),
            (Self::Mercurius, "Q1" | "Q1l") => Some(requests::Q1),
            (Self::Mercurius, "Q2" | "Q2l") => Some(requests::Q2),
            (Self::Mercurius, "Q4") => Some(requests::Q4),
            (Self::Mercurius, "Q5") => Some(requests::Q5),
            (Self::Mercurius, "Q7") => Some(requests::Q7),
            (Self::Mercurius, "Q8") => Some(MERCURIUS_Q8),
            _ => None,
        }
    }
}

impl Peer {
    /// Its variables for those of the server and the floor. Mercurius, whose schema and cursors are by hand, takes the same.
    pub async fn variables(&self, request: &str, variables: &Value) -> Outcome<Value> {
        match (self.name, request) {
            (Name::PostGraphile, "Q8") => self.rows(variables).await,
            (Name::PostGraphile, _) => self.with_own_cursor(variables.clone()).await,
            (Name::Mercurius, _) => Ok(variables.clone()),
        }
    }

    /// Whom a cursor stands behind, by a cursor of its own.
    async fn with_own_cursor(&self, mut variables: Value) -> Outcome<Value> {
        if let Some(after) = variables.get_mut("after").filter(|after| !after.is_null()) {
            let place = same::place(after).ok_or_else(|| format!("{after} is no cursor"))?;
            let ask = Ask::new("", CURSOR, &json!({ "id": place.last() }))?;
            *after = self.ask(&ask).await?["contacts"]["pageInfo"]["endCursor"].take();
        }
        Ok(variables)
    }

    /// Somebody to make, as rows of four tables: whoever writes tables as they are brings ids, what is sorted by and what lists repeat.
    async fn rows(&self, variables: &Value) -> Outcome<Value> {
        let (organization, contact) = (&variables["id"], &variables["contact"]);
        let text = |pointer: &str| {
            let text = contact.pointer(pointer).and_then(Value::as_str);
            text.ok_or_else(|| format!("{pointer} is missing in {contact}"))
        };
        let (first, last, number) = (text("/firstName")?, text("/lastName")?, text("/phones/0/phone/create/number")?);
        let ask = Ask::new("", CODE, &json!({ "code": text("/phones/0/phone/create/code")? }))?;
        let code = self.ask(&ask).await?["code"]["id"].take();
        let sort_name = format!("{last}\u{1}{first}").to_lowercase();
        // Seven digits that are new each time end each of them.
        let [role_id, contact_id, phone_id, held_id] =
            ["a", "b", "c", "d"].map(|kind| format!("0199000{kind}-0000-7000-8000-00000{ANEW}"));
        let at = "2026-01-01T00:00:00Z";
        Ok(json!({
            "contact": {
                "rowId": contact_id, "firstName": first, "lastName": last, "sortName": sort_name, "title": contact["title"],
                "ownerOrganizationId": organization, "editPolicy": "linked_organizations",
                "version": 1, "createdAt": at, "updatedAt": at,
            },
            "role": {
                "rowId": role_id, "organizationId": organization, "contactId": contact_id,
                "contactType": text("/organizations/0/type")?.to_lowercase(),
                "sortName": sort_name, "contactIsActive": true,
                "linkedAt": at, "linkedBy": "peer", "linkedByOrganizationId": organization, "version": 1,
            },
            "phone": {
                "rowId": phone_id, "number": number, "e164": number, "phoneCodeId": code, "isSmsCapable": true, "isLinked": true,
                "ownerOrganizationId": organization, "version": 1, "createdAt": at, "updatedAt": at,
            },
            "held": {
                "rowId": held_id, "contactId": contact_id, "phoneId": phone_id, "isPrimary": true,
                "methodCodeId": code, "matchKey": number,
                "linkedAt": at, "linkedBy": "peer", "linkedByOrganizationId": organization, "version": 1,
            },
        }))
    }
}
