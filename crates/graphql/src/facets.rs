//! Facets in the API: how many contacts of a list there are of each kind. What is counted the domain decides.

use std::sync::Arc;

use async_graphql::{Object, OutputType, Result, SimpleObject};
use liaison_domain::reading::{ContactQuery, Facets, Found, ListError};
use liaison_domain::session::Reader;

use crate::code::{EmailCode, PhoneCode};
use crate::enums::{ContactMethod, ContactType, VerificationState};
use crate::error;
use crate::organization::Organization;

/// A role and how many contacts have it.
#[derive(SimpleObject)]
pub struct ContactTypeFacet {
    /// The role.
    #[graphql(name = "type")]
    contact_type: ContactType,
    /// How many contacts.
    count: i64,
}

/// An organization and how many contacts belong to it.
#[derive(SimpleObject)]
pub struct OrganizationFacet {
    /// The organization.
    organization: Organization,
    /// How many contacts.
    count: i64,
}

/// Yes or no, and of how many contacts.
#[derive(SimpleObject)]
pub struct FlagFacet {
    /// Yes or no.
    value: bool,
    /// How many contacts.
    count: i64,
}

/// A way to be reached and how many contacts prefer it.
#[derive(SimpleObject)]
pub struct PreferredContactMethodFacet {
    /// The way; null stands for those who have named none.
    method: Option<ContactMethod>,
    /// How many contacts.
    count: i64,
}

/// A kind of phone and how many contacts have one.
#[derive(SimpleObject)]
pub struct PhoneCodeFacet {
    /// The code.
    code: PhoneCode,
    /// How many contacts.
    count: i64,
}

/// A kind of email address and how many contacts have one.
#[derive(SimpleObject)]
pub struct EmailCodeFacet {
    /// The code.
    code: EmailCode,
    /// How many contacts.
    count: i64,
}

/// What is known of a method, and how many contacts have one of which it is.
#[derive(SimpleObject)]
pub struct VerificationStateFacet {
    /// What is known.
    state: VerificationState,
    /// How many contacts.
    count: i64,
}

/// A city and how many contacts have an address there.
#[derive(SimpleObject)]
pub struct CityFacet {
    /// The city, in one of its spellings; the filter takes any.
    city: String,
    /// How many contacts.
    count: i64,
}

/// How many contacts of a list there are of each kind.
pub struct ContactFacets {
    reader: Arc<Reader>,
    query: ContactQuery,
}

impl ContactFacets {
    /// Of the list that a query finds.
    pub fn of(reader: Arc<Reader>, query: ContactQuery) -> Self {
        Self { reader, query }
    }

    fn counted(&self) -> Facets<'_> {
        Facets::of(&self.reader, &self.query)
    }
}

fn told<T, F: OutputType>(found: Result<Vec<Found<T>>, ListError>, facet: impl Fn(T, i64) -> F) -> Result<Vec<F>> {
    let found = found.map_err(|failed| error::of_list(&failed))?;
    Ok(found.into_iter().map(|found| facet(found.value, found.count)).collect())
}

/// How many contacts of a list there are of each kind: the numbers for the chips of a filter. Each facet is computed only when you
/// select it. A facet disregards what the outermost filter says of its own field, so that each number is what the list would have if
/// that value alone were chosen there; all other conditions hold, those beside it in the same `some` on the same row. What stands in
/// `and`, `or` and `not` always holds. A contact counts once for each value that it has.
#[Object]
impl ContactFacets {
    /// By role (`organizations.some.types`): every role, in its order.
    async fn types(&self) -> Result<Vec<ContactTypeFacet>> {
        told(self.counted().types().await, |of, count| ContactTypeFacet { contact_type: of.into(), count })
    }

    /// By organization that they have a role at (`organizations.some.organizationIds`), as far as you see it: the ten with most.
    async fn organizations(&self) -> Result<Vec<OrganizationFacet>> {
        let facet = |of, count| OrganizationFacet { organization: Organization(Arc::new(of)), count };
        told(self.counted().organizations().await, facet)
    }

    /// By the organization that owns them (`ownerOrganizationIds`), as far as you see it: the ten with most.
    async fn owners(&self) -> Result<Vec<OrganizationFacet>> {
        let facet = |of, count| OrganizationFacet { organization: Organization(Arc::new(of)), count };
        told(self.counted().owners().await, facet)
    }

    /// By whether they are active (`isActive`).
    async fn is_active(&self) -> Result<Vec<FlagFacet>> {
        told(self.counted().is_active().await, |value, count| FlagFacet { value, count })
    }

    /// By whether they must not be contacted (`doNotContact`).
    async fn do_not_contact(&self) -> Result<Vec<FlagFacet>> {
        told(self.counted().do_not_contact().await, |value, count| FlagFacet { value, count })
    }

    /// By how they prefer to be reached (`preferredContactMethods`): every way, and null for none.
    async fn preferred_contact_methods(&self) -> Result<Vec<PreferredContactMethodFacet>> {
        let facet =
            |method: Option<_>, count| PreferredContactMethodFacet { method: method.map(ContactMethod::from), count };
        told(self.counted().preferred_methods().await, facet)
    }

    /// By the codes of their phones (`phones.some.codes`): the ten that most have.
    async fn phone_codes(&self) -> Result<Vec<PhoneCodeFacet>> {
        told(self.counted().phone_codes().await, |of, count| PhoneCodeFacet { code: PhoneCode(Arc::new(of)), count })
    }

    /// By the codes of their email addresses (`emails.some.codes`): the ten that most have.
    async fn email_codes(&self) -> Result<Vec<EmailCodeFacet>> {
        told(self.counted().email_codes().await, |of, count| EmailCodeFacet { code: EmailCode(Arc::new(of)), count })
    }

    /// By what is known of their phones (`phones.some.verificationStates`): every state.
    async fn phone_verification_states(&self) -> Result<Vec<VerificationStateFacet>> {
        told(self.counted().phone_states().await, |of, count| VerificationStateFacet { state: of.into(), count })
    }

    /// By what is known of their email addresses (`emails.some.verificationStates`): every state.
    async fn email_verification_states(&self) -> Result<Vec<VerificationStateFacet>> {
        told(self.counted().email_states().await, |of, count| VerificationStateFacet { state: of.into(), count })
    }

    /// By the cities of their addresses (`addresses.some.cities`), whatever the spelling's case and accents: the ten that most have.
    async fn cities(&self) -> Result<Vec<CityFacet>> {
        told(self.counted().cities().await, |city, count| CityFacet { city, count })
    }
}
