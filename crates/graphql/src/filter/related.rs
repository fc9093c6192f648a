//! Conditions of a filter of contacts on what belongs to a person: each on one and the same row.

use async_graphql::{InputObject, Result};
use liaison_domain::reading::{MethodFilter, Related};

use super::link::{AddressLinkFilter, ContactOrganizationFilter, EmailLinkFilter, PhoneLinkFilter};
use super::values::{CountFilterInput, DateTimeFilter, text};
use crate::enums::VerificationState;
use crate::scalars::{EmailAddress, PhoneNumber};

/// A condition on where a person works.
#[derive(InputObject)]
pub struct ContactOrganizationsFilter {
    /// At least one open link is such; all conditions hold for the same link.
    pub(super) some: Option<ContactOrganizationFilter>,
    /// No open link is such.
    pub(super) none: Option<ContactOrganizationFilter>,
    /// So many organizations, however many roles the person has there: `{gt: 1}` finds shared contacts.
    pub(super) count: Option<CountFilterInput>,
}

/// A phone by its link and its number.
#[derive(InputObject, Default)]
pub struct ContactPhoneFilter {
    /// The number in any spelling; the same line in another spelling matches too.
    number: Option<PhoneNumber>,
    /// Only of these codes: `mobile`, `office`, `fax`, …
    codes: Option<Vec<String>>,
    /// Only with these labels, whatever their case and accents.
    labels: Option<Vec<String>>,
    /// Only the primary one, or only the others.
    is_primary: Option<bool>,
    /// Only phones that take text messages, or only others.
    is_sms_capable: Option<bool>,
    /// Only phones whose line wants no text messages, or only others.
    is_sms_opted_out: Option<bool>,
    /// Only phones of which this is known.
    verification_states: Option<Vec<VerificationState>>,
    /// Only links that were made then.
    linked_at: Option<DateTimeFilter>,
}

impl ContactPhoneFilter {
    pub(super) fn read(self) -> Result<MethodFilter> {
        let value = text("number", self.number.map(|number| number.0))?;
        let link = PhoneLinkFilter {
            codes: self.codes,
            labels: self.labels,
            is_primary: self.is_primary,
            is_sms_capable: self.is_sms_capable,
            is_sms_opted_out: self.is_sms_opted_out,
            verification_states: self.verification_states,
            linked_at: self.linked_at,
        };
        Ok(MethodFilter { link: link.read()?, value })
    }
}

/// A condition on a person's phones.
#[derive(InputObject)]
pub struct ContactPhonesFilter {
    /// At least one phone is such; all conditions hold for the same phone.
    pub(super) some: Option<ContactPhoneFilter>,
    /// No phone is such.
    pub(super) none: Option<ContactPhoneFilter>,
    /// So many phones.
    pub(super) count: Option<CountFilterInput>,
}

/// An email address by its link and its text.
#[derive(InputObject, Default)]
pub struct ContactEmailFilter {
    /// The address in any case.
    address: Option<EmailAddress>,
    /// Only of these codes: `work`, `billing`, …
    codes: Option<Vec<String>>,
    /// Only with these labels, whatever their case and accents.
    labels: Option<Vec<String>>,
    /// Only the primary one, or only the others.
    is_primary: Option<bool>,
    /// Only addresses that take notifications, or only others.
    is_notification_enabled: Option<bool>,
    /// Only addresses of which this is known.
    verification_states: Option<Vec<VerificationState>>,
    /// Only links that were made then.
    linked_at: Option<DateTimeFilter>,
}

impl ContactEmailFilter {
    pub(super) fn read(self) -> Result<MethodFilter> {
        let value = text("address", self.address.map(|address| address.0))?;
        let link = EmailLinkFilter {
            codes: self.codes,
            labels: self.labels,
            is_primary: self.is_primary,
            is_notification_enabled: self.is_notification_enabled,
            verification_states: self.verification_states,
            linked_at: self.linked_at,
        };
        Ok(MethodFilter { link: link.read()?, value })
    }
}

/// A condition on a person's email addresses.
#[derive(InputObject)]
pub struct ContactEmailsFilter {
    /// At least one is such; all conditions hold for the same one.
    pub(super) some: Option<ContactEmailFilter>,
    /// None is such.
    pub(super) none: Option<ContactEmailFilter>,
    /// So many.
    pub(super) count: Option<CountFilterInput>,
}

/// A condition on a person's addresses.
#[derive(InputObject)]
pub struct ContactAddressesFilter {
    /// At least one is such; all conditions hold for the same one.
    pub(super) some: Option<AddressLinkFilter>,
    /// None is such.
    pub(super) none: Option<AddressLinkFilter>,
    /// So many; one that is used for two things counts twice, as in the list of addresses.
    pub(super) count: Option<CountFilterInput>,
}

/// Some, none and so many, as the domain reads them.
pub(super) fn related<I, F>(
    some: Option<I>,
    none: Option<I>,
    count: Option<CountFilterInput>,
    read: impl Fn(I) -> Result<F>,
) -> Result<Related<F>> {
    let count = count.map(CountFilterInput::read).transpose()?;
    Ok(Related { some: some.map(&read).transpose()?, none: none.map(&read).transpose()?, count })
}
