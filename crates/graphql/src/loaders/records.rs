//! What resolvers ask for of records about people: communications, what corrects them, referrals, and the periods of roles. The statements
//! and what they may see are the domain's matter.

use std::collections::HashMap;
use std::sync::Arc;

use liaison_domain::entity::{communication, referral};
use liaison_domain::failure::Fault;
use liaison_domain::reading::{
    self, CommunicationQuery, CommunicationsOf, ListError, Page, ReferralQuery, RolePeriod, RolePeriodQuery, Slice,
};
use liaison_domain::session::Reader;
use uuid::Uuid;

use crate::batch::{Batch, Batches};

/// Pages of the communications with people, or about referrals.
pub struct Communications {
    reader: Arc<Reader>,
    of: CommunicationsOf,
    query: CommunicationQuery,
    page: Page,
}

impl Batch for Communications {
    type Key = Uuid;
    type Value = Arc<Slice<communication::Model>>;
    type Error = ListError;

    async fn load(&self, parents: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = reading::communications_of(&self.reader, self.of, parents, &self.query, &self.page).await?;
        Ok(found.into_iter().map(|(parent, slice)| (parent, Arc::new(slice))).collect())
    }
}

/// A page of the communications with one person, or about one referral.
pub async fn communications(
    batches: &Batches,
    reader: &Arc<Reader>,
    (of, parent): (CommunicationsOf, Uuid),
    query: CommunicationQuery,
    page: Page,
) -> Result<Arc<Slice<communication::Model>>, ListError> {
    let empty = Slice::empty(&page);
    let make = |(of, query, page): &(CommunicationsOf, CommunicationQuery, Page)| Communications {
        reader: reader.clone(),
        of: *of,
        query: query.clone(),
        page: page.clone(),
    };
    Ok(batches.queue((of, query, page), make).load(parent).await?.unwrap_or_else(|| Arc::new(empty)))
}

/// How many communications there are with people, or about referrals.
pub struct CommunicationCounts {
    reader: Arc<Reader>,
    of: CommunicationsOf,
    query: CommunicationQuery,
}

impl Batch for CommunicationCounts {
    type Key = Uuid;
    type Value = i64;
    type Error = Fault;

    async fn load(&self, parents: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_communications_of(&self.reader, self.of, parents, &self.query).await
    }
}

/// How many communications there are with one person, or about one referral.
pub async fn communication_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    (of, parent): (CommunicationsOf, Uuid),
    query: CommunicationQuery,
) -> Result<i64, Fault> {
    let make = |(of, query): &(CommunicationsOf, CommunicationQuery)| CommunicationCounts {
        reader: reader.clone(),
        of: *of,
        query: query.clone(),
    };
    Ok(batches.queue((of, query), make).load(parent).await?.unwrap_or(0))
}

/// The records that correct others.
pub struct Corrections {
    reader: Arc<Reader>,
}

impl Batch for Corrections {
    type Key = Uuid;
    type Value = Arc<communication::Model>;
    type Error = Fault;

    async fn load(&self, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, Fault> {
        let found = reading::corrections(&self.reader, ids).await?;
        Ok(found.into_iter().map(|(id, newer)| (id, Arc::new(newer))).collect())
    }
}

/// The record that corrects this one, if there is one.
pub async fn correction(
    batches: &Batches,
    reader: &Arc<Reader>,
    id: Uuid,
) -> Result<Option<Arc<communication::Model>>, Fault> {
    batches.queue((), |(): &()| Corrections { reader: reader.clone() }).load(id).await
}

/// Pages of the referrals that name people.
pub struct Referrals {
    reader: Arc<Reader>,
    query: ReferralQuery,
    page: Page,
}

impl Batch for Referrals {
    type Key = Uuid;
    type Value = Arc<Slice<referral::Model>>;
    type Error = ListError;

    async fn load(&self, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = reading::referrals_naming(&self.reader, contacts, &self.query, &self.page).await?;
        Ok(found.into_iter().map(|(contact, slice)| (contact, Arc::new(slice))).collect())
    }
}

/// A page of the referrals that name one person.
pub async fn referrals(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
    query: ReferralQuery,
    page: Page,
) -> Result<Arc<Slice<referral::Model>>, ListError> {
    let empty = Slice::empty(&page);
    let make = |(query, page): &(ReferralQuery, Page)| Referrals {
        reader: reader.clone(),
        query: query.clone(),
        page: page.clone(),
    };
    Ok(batches.queue((query, page), make).load(contact).await?.unwrap_or_else(|| Arc::new(empty)))
}

/// How many referrals name people.
pub struct ReferralCounts {
    reader: Arc<Reader>,
    query: ReferralQuery,
}

impl Batch for ReferralCounts {
    type Key = Uuid;
    type Value = i64;
    type Error = Fault;

    async fn load(&self, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_referrals_naming(&self.reader, contacts, &self.query).await
    }
}

/// How many referrals name one person.
pub async fn referral_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
    query: ReferralQuery,
) -> Result<i64, Fault> {
    let make = |query: &ReferralQuery| ReferralCounts { reader: reader.clone(), query: query.clone() };
    Ok(batches.queue(query, make).load(contact).await?.unwrap_or(0))
}

/// Pages of the periods of people's roles.
pub struct RolePeriods {
    reader: Arc<Reader>,
    query: RolePeriodQuery,
    page: Page,
}

impl Batch for RolePeriods {
    type Key = Uuid;
    type Value = Arc<Slice<RolePeriod>>;
    type Error = ListError;

    async fn load(&self, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, ListError> {
        let found = reading::role_periods(&self.reader, contacts, &self.query, &self.page).await?;
        Ok(found.into_iter().map(|(contact, slice)| (contact, Arc::new(slice))).collect())
    }
}

/// A page of the periods of one person's roles.
pub async fn role_periods(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
    query: RolePeriodQuery,
    page: Page,
) -> Result<Arc<Slice<RolePeriod>>, ListError> {
    let empty = Slice::empty(&page);
    let make = |(query, page): &(RolePeriodQuery, Page)| RolePeriods {
        reader: reader.clone(),
        query: query.clone(),
        page: page.clone(),
    };
    Ok(batches.queue((query, page), make).load(contact).await?.unwrap_or_else(|| Arc::new(empty)))
}

/// How many periods people's roles have.
pub struct RolePeriodCounts {
    reader: Arc<Reader>,
    query: RolePeriodQuery,
}

impl Batch for RolePeriodCounts {
    type Key = Uuid;
    type Value = i64;
    type Error = Fault;

    async fn load(&self, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_role_periods(&self.reader, contacts, &self.query).await
    }
}

/// How many periods one person's roles have.
pub async fn role_period_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
    query: RolePeriodQuery,
) -> Result<i64, Fault> {
    let make = |query: &RolePeriodQuery| RolePeriodCounts { reader: reader.clone(), query: query.clone() };
    Ok(batches.queue(query, make).load(contact).await?.unwrap_or(0))
}
