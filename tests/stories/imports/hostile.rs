//! Files that nobody should send: each says with its line what would be right, and what is good in it comes in.

use crate::support::{App, Who};

async fn refused(app: &App, query: &str, file: impl Into<Vec<u8>>) -> (u16, String) {
    let (status, body) = app.send_file(&Who::stranger(), query, file).await;
    assert!((400..500).contains(&status), "{status} {body:#}");
    (status, body["errors"][0]["message"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_cannot_be_read_are_refused_and_leave_nothing() {
    let app = App::empty_with_riverside().await;
    let latin = [b"first_name,last_name\nBob,Blue\nZo".as_slice(), b"\xEB", b",Red\n"].concat();
    let utf16: Vec<u8> = "first_name,last_name\nZoë,Red\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("", latin, "line 3: here are bytes that are not UTF-8"),
        ("", utf16, "UTF-16 without a byte order mark"),
        ("", Vec::new(), "the file is empty"),
        ("", b"shoe size,hat\n38,7\n".to_vec(), "none of the columns (shoe size, hat)"),
        ("", b"email,E-Mail\na,b\n".to_vec(), "stands there twice"),
        ("", "c,".repeat(400_000).into_bytes(), "more than 250 cells"),
        ("", vec![b'x'; 1 << 20], "bytes"),
        ("mapping=%7B%22nose%22%3A%22a%22%7D", b"a\n1\n".to_vec(), "\"nose\""),
        ("onMatch=perhaps", b"email\na@example.com\n".to_vec(), "must be update, skip or create"),
        ("colour=red", b"email\na@example.com\n".to_vec(), "`colour`"),
    ];
    for (query, file, says) in cases {
        let (_, message) = refused(&app, query, file).await;
        assert!(message.contains(says), "{says}: {message}");
    }
    assert!(app.behind("SELECT id FROM imports").await.is_empty(), "a file that was not taken in leaves nothing");
    assert!(app.behind("SELECT number FROM import_rows").await.is_empty());
    assert!(app.behind("SELECT id FROM contacts_projection").await.is_empty());
    // Only a header: nobody comes in, and nothing is wrong.
    assert_eq!(app.import(&Who::stranger(), "", "first_name,last_name\n").await.counts(), [0; 5]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_too_large_is_told_so() {
    let app = App::demo_with(&["--max-import-bytes", "2000"]).await;
    let (status, message) = refused(&app, "", "email\n".to_owned() + &"a@example.com\n".repeat(500)).await;
    assert_eq!(status, 413, "{message}");
    assert!(message.contains("2000 bytes"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_rows_are_told_by_row_and_line_and_the_others_come_in() {
    let app = App::empty_with_riverside().await;
    let file = format!(
        "first_name,last_name,email,phone,is_active,roles\n\
         Good,One,good1@example.com,,,\n\
         Few,Cells\n\
         Many,Cells,a@example.com,,,,,\n\
         Huge,Cell,{}@example.com,,,\n\
         Bad,Mail,not an address,,,\n\
         Two,Faults,nonsense,,perhaps,\n\
         Nul,Byte\0,nul@example.com,,,\n\
         Bad,Role,b@example.com,,,riverside:boss\n\
         '=1+2,Formula,formula@example.com,'+12175550801,,\n\
         =HYPERLINK(1),Live,live@example.com,,,\n\
         \"Lines\nwithin\",Cell,lines@example.com,,,\n\
         Good,Two,good2@example.com,,TRUE,riverside:billing\n\
         Half,\"a row",
        "x".repeat(40_000)
    );
    let came = app.import(&Who::stranger(), "", file).await;
    assert_eq!(came.counts(), [4, 0, 0, 0, 9], "{:#}", came.told);
    let errors: Vec<(i64, i64, String)> = came.errors().into_iter().map(|error| (error.0, error.1, error.2)).collect();
    let error = |row, line, column: &str| (row, line, column.to_owned());
    assert_eq!(
        errors,
        [
            error(2, 3, ""),
            error(3, 4, ""),
            error(4, 5, ""),
            error(5, 6, "email"),
            error(6, 7, "is_active"),
            error(7, 8, ""),
            error(8, 9, "roles"),
            error(11, 12, "first_name"),
            error(13, 15, ""),
        ]
    );
    let says: Vec<String> = came.errors().into_iter().map(|error| error.4).collect();
    for (at, part) in [
        (0, "has 2 cells and the header 6"),
        (1, "has 8 cells and the header 6"),
        (2, "more than 32768 bytes"),
        (3, "such as jane.doe@example.com"),
        (5, "U+0000"),
        (6, "riverside:boss"),
        (8, "ends within quotes"),
    ] {
        assert!(says[at].contains(part), "{part}: {}", says[at]);
    }
    // The apostrophe that kept a spreadsheet from running the cell is taken off again.
    let told = app.ask(&Who::stranger(), "{ contacts { nodes { firstName lastName primaryPhone { e164 } } } }").await;
    let names: Vec<String> = told
        .list("/contacts/nodes")
        .iter()
        .map(|node| format!("{} {}", node["firstName"].as_str().unwrap(), node["lastName"].as_str().unwrap()))
        .collect();
    assert_eq!(names, ["=1+2 Formula", "=HYPERLINK(1) Live", "Good One", "Good Two"]);
    assert_eq!(told.at("/contacts/nodes/0/primaryPhone/e164"), "+12175550801");
    app.is_proved().await;
}
