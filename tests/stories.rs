//! The user stories of the vision, as far as they are built, a file each; and what holds for every mutation. They write through the API only.

mod as_of;
mod audit_trail;
mod codes;
mod communications;
mod every_mutation;
mod families;
mod files;
mod graphiql_tabs;
mod imports;
mod inbound_messages;
mod methods;
mod search;
mod stewards;
mod us_10_shared_by_a_partner;
mod us_11_referrals;
mod us_1_directory;
mod us_2_several_organizations;
mod us_4_archived_contacts;
mod us_4_find_to_link;
mod us_4_organization_contacts;
mod us_5_primary;
mod us_6_information_updates;
mod us_7_emergency_list;
mod us_8_quick_look_up;
mod us_9_preferences;
mod verification;
