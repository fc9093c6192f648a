//! Whom a row means: by Liaison's id, else an external id, else the email, else the phone; never a guess.

use serde_json::json;

use crate::support::{App, Who};

async fn names(app: &App, who: &Who) -> Vec<String> {
    let answer = app.ask(who, "{ contacts(first: 200) { nodes { name title } } }").await;
    let name = |node: &serde_json::Value| {
        format!("{} ({})", node["name"].as_str().unwrap(), node["title"].as_str().unwrap_or_default())
    };
    answer.list("/contacts/nodes").iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_external_id_then_email_then_phone() {
    let app = App::empty_with_riverside().await;
    let who = Who::stranger();
    let first = "external_id,first_name,last_name,email,phone,phone_extension\n\
                 1,Ann,One,ann@example.com,217-555-0501,\n2,Ben,Two,ben@example.com,217-555-0502,7\n3,Cid,Three,,217-555-0503,\n";
    assert_eq!(app.import(&who, "sourceSystem=school", first).await.counts(), [3, 0, 0, 0, 0]);
    // Each by another key: the id although the email is another's spelling, the email in any case, the phone in any spelling.
    let second = "external_id,first_name,last_name,email,phone,phone_extension,title\n\
                  1,Ann,One,,,,by id\n,,,BEN@Example.com,,,by email\n,Cid,Three,,+1 (217) 555-0503,,by phone\n\
                  ,,,,217-555-0502,7,by extension\n,Dot,Four,,217-555-0502,8,another extension\n";
    let came = app.import(&who, "sourceSystem=school", second).await;
    assert_eq!(came.counts(), [1, 4, 0, 0, 0], "{:#}", came.told);
    assert_eq!(
        names(&app, &who).await,
        ["Dot Four (another extension)", "Ann One (by id)", "Cid Three (by phone)", "Ben Two (by extension)"]
    );
    // A new external id is noted with whom the email means; from then on it is the key.
    let third = "external_id,email\n9,ben@example.com\n";
    assert_eq!(app.import(&who, "sourceSystem=crm", third).await.counts(), [0, 1, 0, 0, 0]);
    let fourth = "external_id,title,email\n9,moved,ben@elsewhere.example\n";
    assert_eq!(app.import(&who, "sourceSystem=crm", fourth).await.counts(), [0, 1, 0, 0, 0]);
    assert!(names(&app, &who).await.contains(&"Ben Two (moved)".to_owned()));
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_who_answer_to_one_value_are_never_guessed_between() {
    let app = App::empty_with_riverside().await;
    let who = Who::stranger();
    let twins = "external_id,first_name,last_name,email\n1,Tim,Twin,home@example.com\n2,Tom,Twin,home@example.com\n";
    let came = app.import(&who, "sourceSystem=school", twins).await;
    assert_eq!(came.counts(), [2, 0, 0, 0, 0], "whom the system calls otherwise is somebody else: {:#}", came.told);
    let again = app.import(&who, "sourceSystem=school", twins).await;
    assert_eq!(again.counts(), [0, 0, 2, 0, 0], "{:#}", again.told);
    let came = app.import(&who, "", "email,title\nhome@example.com,Boss\nalone@example.com,Boss\n").await;
    let errors = came.errors();
    assert_eq!((errors[0].0, errors[0].3.as_str()), (1, "AMBIGUOUS"), "{errors:?}");
    assert!(errors[0].4.contains("2 contacts answer to this email address"), "{errors:?}");
    assert_eq!((errors[1].0, errors[1].2.as_str(), errors[1].3.as_str()), (2, "first_name", "INVALID"), "{errors:?}");
    assert_eq!(came.counts()[4], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_one_file_that_mean_one_person_are_taken_in_order() {
    let app = App::empty_with_riverside().await;
    let who = Who::stranger();
    let file = "first_name,last_name,email,title,phone\nEve,Five,eve@example.com,Clerk,\nEve,Five,eve@example.com,Head clerk,217-555-0511\n\
                ,,,Boss,217-555-0511\n";
    let came = app.import(&who, "", file).await;
    assert_eq!(came.counts(), [1, 2, 0, 0, 0], "{:#}", came.told);
    assert_eq!(names(&app, &who).await, ["Eve Five (Boss)"]);
    let recorded = app
        .behind("SELECT event_type, count(*)::int AS n FROM domain_events WHERE stream_type = 'contact' GROUP BY 1")
        .await;
    assert_eq!(
        recorded,
        [json!({ "event_type": "contact.created", "n": 1 })],
        "once each, as it is after the last row"
    );
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_or_new_may_be_left_alone() {
    let app = App::empty_with_riverside().await;
    let who = Who::stranger();
    let file = |title: &str| format!("first_name,last_name,email,title\nFay,Six,fay@example.com,{title}\n");
    assert_eq!(app.import(&who, "onNew=skip", file("a")).await.counts(), [0, 0, 0, 1, 0]);
    assert_eq!(app.import(&who, "onMatch=skip", file("a")).await.counts(), [1, 0, 0, 0, 0]);
    assert_eq!(app.import(&who, "onMatch=skip", file("b")).await.counts(), [0, 0, 0, 1, 0]);
    assert_eq!(app.import(&who, "onNew=skip", file("b")).await.counts(), [0, 1, 0, 0, 0]);
    assert_eq!(names(&app, &who).await, ["Fay Six (b)"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_are_mapped_and_delimiters_found() {
    let app = App::empty_with_riverside().await;
    let who = Who::stranger();
    let file = "Vorname;Nachname;E-Mail dienstlich;Schuhgröße\nGil;Seven;gil@example.com;38\n";
    let mapping = r#"mapping={"first_name":"Vorname","last_name":"NACHNAME","email":"e-mail dienstlich"}"#;
    let came = app.import(&who, &mapping.replace('"', "%22").replace(' ', "%20"), file).await;
    assert_eq!(came.counts(), [1, 0, 0, 0, 0], "{:#}", came.told);
    assert_eq!(names(&app, &who).await, ["Gil Seven ()"]);
    // What the file calls a column is what its errors call it.
    let came = app
        .import(
            &who,
            &mapping.replace('"', "%22").replace(' ', "%20"),
            "Vorname;Nachname;E-Mail dienstlich\nGil;Seven;nonsense\n",
        )
        .await;
    assert_eq!(came.errors()[0].2, "E-Mail dienstlich");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_shares_an_email_or_a_phone_and_has_another_first_name_is_somebody_else() {
    let app = App::empty_with_riverside().await;
    let who = Who::stranger();
    let file = "first_name,last_name,email,phone\nJohn,Doe,thedoes@example.com,\nMary,Doe,thedoes@example.com,\n\
                Irene,Roe,,217-555-0521\nWalter,Roe,,217-555-0521\n";
    assert_eq!(app.import(&who, "", file).await.counts(), [4, 0, 0, 0, 0]);
    assert_eq!(app.import(&who, "", file).await.counts(), [0, 0, 4, 0, 0], "each is known again");
    // Short for it, an initial, a slip, another last name: the same person.
    let again = "first_name,last_name,email,phone,title\nJohnny,Doe,thedoes@example.com,,Boss\nMary,Doe-Smith,thedoes@example.com,,Clerk\n\
                 W.,Roe,,217-555-0521,Guard\nIreen,Roe,,217-555-0521,Cook\n";
    let came = app.import(&who, "", again).await;
    assert_eq!(came.counts(), [0, 4, 0, 0, 0], "{:#}", came.told);
    let mut names = names(&app, &who).await;
    names.sort();
    assert_eq!(names, ["Ireen Roe (Cook)", "Johnny Doe (Boss)", "Mary Doe-Smith (Clerk)", "W. Roe (Guard)"]);
    // Without a name nobody can tell whom of two it means.
    let errors = app.import(&who, "", "email,title\nthedoes@example.com,Boss\n").await.errors();
    assert_eq!(errors[0].3, "AMBIGUOUS", "{errors:?}");
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_may_be_somebody_unless_an_id_says_who() {
    let app = App::empty_with_riverside().await;
    let who = Who::stranger();
    let options = "onMatch=create&sourceSystem=labels";
    let file = |title: &str| {
        format!(
            "external_id,first_name,last_name,email,phone,title\n1,Gwendolyn,Ashgrove,g@ashgrove.example,217-555-0531,{title}\n\
             2,Gwendolyn,Ashgrove,g@ashgrove.example,217-555-0531,{title}\n"
        )
    };
    let rehearsed = app.import(&who, &format!("{options}&dryRun=true"), file("Clerk")).await;
    assert_eq!(rehearsed.counts(), [2, 0, 0, 0, 0], "{:#}", rehearsed.told);
    assert_eq!(app.import(&who, options, file("Clerk")).await.counts(), [2, 0, 0, 0, 0]);
    assert_eq!(app.import(&who, options, file("Clerk")).await.counts(), [0, 0, 2, 0, 0], "ids say who they are");
    assert_eq!(app.import(&who, options, file("Boss")).await.counts(), [0, 2, 0, 0, 0]);
    let without_ids = "first_name,last_name,email\nGwendolyn,Ashgrove,g@ashgrove.example\n";
    assert_eq!(app.import(&who, options, without_ids).await.counts(), [1, 0, 0, 0, 0]);
    // What came in apart is found, and told with what the labels call the two.
    liaison_domain::candidate::settled(app.database()).await.unwrap();
    let mut pairs = Vec::new();
    liaison_domain::candidate::list_all(app.database(), 0.5, |pair| -> Result<(), liaison_domain::failure::Failure> {
        let ids = |of: liaison_domain::candidate::Listed| of.external_ids.into_iter().map(|id| id.id);
        let mut ids: Vec<String> = ids(pair.contact).chain(ids(pair.other_contact)).collect();
        ids.sort();
        pairs.push(ids);
        Ok(())
    })
    .await
    .unwrap();
    pairs.sort();
    assert_eq!(pairs, [vec!["1"], vec!["1", "2"], vec!["2"]]);
    app.is_proved().await;
}
