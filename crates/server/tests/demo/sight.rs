//! Whom each of the demo's identities sees.

use liaison_domain::{entity, reading};
use liaison_server::demo::{self, ids};

use crate::directory::{Directory, viewer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_identity_sees_its_own_and_the_stranger_nothing_of_the_others() {
    let directory = Directory::empty().await;
    demo::seed(&directory.database).await.unwrap();
    let people = ["Ada Admin", "Jane Doe", "John Doe", "Bob Chen", "Ruth Vance", "Peter Lang", "Fiona Hart"];
    let seen = async |label: &str| {
        let reader = directory.database.reader(&viewer(label));
        let of = |names: &[&str]| names.iter().map(|name| ids::contact(name)).collect::<Vec<_>>();
        let found = reading::nodes::<entity::contact::Entity>(&reader, of(&people)).await.unwrap();
        let names = people.into_iter().filter(|name| found.contains_key(&ids::contact(name))).collect::<Vec<_>>();
        let organizations = ["platform", "acme", "bayside", "techpartner", "riverside", "familybridge"];
        let nodes = organizations.map(ids::organization).to_vec();
        let found = reading::nodes::<entity::organization::Entity>(&reader, nodes).await.unwrap();
        let subdomains =
            organizations.into_iter().filter(|name| found.contains_key(&ids::organization(name))).collect::<Vec<_>>();
        let fax = ids::phone("Riverside Clinic reception");
        let riverside_line = reading::nodes::<entity::phone::Entity>(&reader, vec![fax]).await.unwrap().len();
        reader.renew().await.unwrap();
        format!("{} | {} | {riverside_line}", names.join(", "), subdomains.join(", "))
    };
    for (label, expected) in [
        (
            "Platform super admin",
            "Ada Admin, Jane Doe, John Doe, Bob Chen, Ruth Vance, Peter Lang, Fiona Hart | \
             platform, acme, bayside, techpartner, riverside, familybridge | 1",
        ),
        ("Acme Healthcare admin", "Jane Doe, John Doe, Bob Chen | acme, techpartner | 0"),
        ("Acme Healthcare clinician", "Jane Doe, John Doe, Bob Chen | acme, techpartner | 0"),
        ("Acme Healthcare viewer", "Jane Doe, John Doe, Bob Chen | acme, techpartner | 0"),
        ("TechPartner admin", "Bob Chen | acme, bayside, techpartner | 0"),
        ("Riverside Clinic admin (a stranger)", "Ruth Vance, Peter Lang | riverside | 1"),
        ("Family Bridge admin", "Fiona Hart | familybridge | 0"),
    ] {
        assert_eq!(seen(label).await, expected, "{label}");
    }
    directory.end().await;
}
