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

use super::below::{self, Listed, Tallied};
use crate::batch::{Batch, Batches};

/// The communications with people, or about referrals.
struct Communications;

impl Listed for Communications {
    type Arguments = (CommunicationsOf, CommunicationQuery);
    type Row = communication::Model;

    async fn pages(
        reader: &Reader,
        (of, query): &Self::Arguments,
        parents: Vec<Uuid>,
        page: &Page,
    ) -> Result<HashMap<Uuid, Slice<communication::Model>>, ListError> {
        reading::communications_of(reader, *of, parents, query, page).await
    }
}

impl Tallied for Communications {
    type Arguments = (CommunicationsOf, CommunicationQuery);

    async fn counts(
        reader: &Reader,
        (of, query): &(CommunicationsOf, CommunicationQuery),
        parents: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_communications_of(reader, *of, parents, query).await
    }
}

/// A page of the communications with one person, or about one referral.
pub fn communications(
    batches: &Batches,
    reader: &Arc<Reader>,
    (of, parent): (CommunicationsOf, Uuid),
    query: CommunicationQuery,
    page: Page,
) -> impl Future<Output = Result<Arc<Slice<communication::Model>>, ListError>> + Send {
    below::page::<Communications>(batches, reader, parent, (of, query), page)
}

/// How many communications there are with one person, or about one referral.
pub fn communication_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    (of, parent): (CommunicationsOf, Uuid),
    query: CommunicationQuery,
) -> impl Future<Output = Result<i64, Fault>> + Send {
    below::count::<Communications>(batches, reader, parent, (of, query))
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

/// The referrals that name people.
struct Referrals;

impl Listed for Referrals {
    type Arguments = ReferralQuery;
    type Row = referral::Model;

    async fn pages(
        reader: &Reader,
        query: &ReferralQuery,
        contacts: Vec<Uuid>,
        page: &Page,
    ) -> Result<HashMap<Uuid, Slice<referral::Model>>, ListError> {
        reading::referrals_naming(reader, contacts, query, page).await
    }
}

impl Tallied for Referrals {
    type Arguments = ReferralQuery;

    async fn counts(reader: &Reader, query: &ReferralQuery, contacts: Vec<Uuid>) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_referrals_naming(reader, contacts, query).await
    }
}

/// A page of the referrals that name one person.
pub fn referrals(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
    query: ReferralQuery,
    page: Page,
) -> impl Future<Output = Result<Arc<Slice<referral::Model>>, ListError>> + Send {
    below::page::<Referrals>(batches, reader, contact, query, page)
}

/// How many referrals name one person.
pub fn referral_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
    query: ReferralQuery,
) -> impl Future<Output = Result<i64, Fault>> + Send {
    below::count::<Referrals>(batches, reader, contact, query)
}

/// The periods of people's roles.
struct RolePeriods;

impl Listed for RolePeriods {
    type Arguments = RolePeriodQuery;
    type Row = RolePeriod;

    async fn pages(
        reader: &Reader,
        query: &RolePeriodQuery,
        contacts: Vec<Uuid>,
        page: &Page,
    ) -> Result<HashMap<Uuid, Slice<RolePeriod>>, ListError> {
        reading::role_periods(reader, contacts, query, page).await
    }
}

impl Tallied for RolePeriods {
    type Arguments = RolePeriodQuery;

    async fn counts(
        reader: &Reader,
        query: &RolePeriodQuery,
        contacts: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, i64>, Fault> {
        reading::count_role_periods(reader, contacts, query).await
    }
}

/// A page of the periods of one person's roles.
pub fn role_periods(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
    query: RolePeriodQuery,
    page: Page,
) -> impl Future<Output = Result<Arc<Slice<RolePeriod>>, ListError>> + Send {
    below::page::<RolePeriods>(batches, reader, contact, query, page)
}

/// How many periods one person's roles have.
pub fn role_period_count(
    batches: &Batches,
    reader: &Arc<Reader>,
    contact: Uuid,
    query: RolePeriodQuery,
) -> impl Future<Output = Result<i64, Fault>> + Send {
    below::count::<RolePeriods>(batches, reader, contact, query)
}
