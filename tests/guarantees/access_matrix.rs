//! The access matrix: every query field, every field of every object, every node id and every mutation, tried as everybody, over the
//! demo data and a few odd cases beside it. `access_matrix.txt` is what comes out; `LIAISON_BLESS=1` writes it anew.
//!
//! What is tried is derived from the schema, so that a new field stands in the text or fails the test. What may be seen is said a
//! second time by an oracle of its own (`oracle`), which shares nothing with the code but the tables.

pub mod changing;
pub mod oracle;
pub mod reading;
pub mod scene;

use liaison_domain::candidate;
use liaison_domain::replay::{Steward, Verdict};
use liaison_domain::session::{DatabaseOptions, FirstWall};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use self::scene::Seat;
use crate::support::App;

const TEXT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/guarantees/access_matrix.txt");

/// Tries everything as everybody and gives the text.
async fn matrix(app: &App) -> String {
    scene::set(app).await;
    // Who may be one person is found beside the requests: what is read below must not hang on how far that came.
    candidate::settled(app.database()).await.unwrap();
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    let mut put = |at: usize, column: Vec<(String, String)>| {
        if rows.is_empty() {
            rows = column.iter().map(|(name, _)| (name.clone(), Vec::new())).collect();
        }
        assert_eq!(column.len(), rows.len(), "everybody is asked the same");
        for ((name, cells), (told, cell)) in rows.iter_mut().zip(column) {
            assert_eq!((*name).as_str(), told, "everybody is asked the same, in the same order");
            assert_eq!(cells.len(), at);
            cells.push(cell);
        }
    };
    let everything = oracle::Everything::of(app).await;
    let seats = Seat::all();
    // All reading before all writing: what one has changed must not show in what another sees.
    let mut columns = Vec::new();
    for seat in &seats {
        let seen = reading::read(app, seat, &everything).await;
        oracle::judge(app, seat, &seen).await;
        columns.push(seen.rows);
    }
    for (column, seat) in columns.iter_mut().zip(&seats) {
        column.extend(changing::change(app, seat).await);
    }
    for (at, column) in columns.into_iter().enumerate() {
        put(at, column);
    }
    let verdict = Steward::open(app.owner()).await.unwrap().verify().await.unwrap();
    assert!(matches!(verdict, Verdict::Proved { .. }), "{verdict:?}");
    text(&rows, &seats)
}

fn text(rows: &[(String, Vec<String>)], seats: &[Seat]) -> String {
    let wide = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let line = |name: &str, cells: &[String]| {
        let cells: String = cells.iter().map(|cell| format!("  {cell:15}")).collect();
        format!("{name:wide$}{cells}").trim_end().to_owned() + "\n"
    };
    let head: Vec<String> = seats.iter().map(|seat| seat.name.to_owned()).collect();
    let mut text = String::from(
        "# Who sees and may do what, found out by trying (access_matrix.rs); LIAISON_BLESS=1 writes it anew.\n\
         # Reading: how many of a kind, or how many values and rows of a field over all parents that are seen;\n\
         # of numbers their sum too, and of truths how many say yes.\n\
         # Changing: done, same (it was so already), or the code of the refusal; the id that varies stands behind the mutation.\n\
         # own, seen, foreign and missing are ids of the viewer's own, of another's that it sees, of another's that it does not\n\
         # see, and of nothing; foreign and missing are compared byte for byte. A dash: there is no such thing for this viewer.\n",
    );
    text.push_str(&line("", &head));
    for (name, cells) in rows {
        text.push_str(&line(name, cells));
    }
    text
}

/// While the text is written anew there is nothing yet to hold one wall against.
fn is_being_blessed() -> bool {
    std::env::var_os("LIAISON_BLESS").is_some()
}

fn compare(now: &str) {
    let committed = std::fs::read_to_string(TEXT).unwrap_or_default();
    let changed: Vec<String> = now
        .lines()
        .filter(|line| !committed.lines().any(|old| old == *line))
        .map(|line| format!("+ {line}"))
        .chain(committed.lines().filter(|old| !now.lines().any(|line| line == *old)).map(|old| format!("- {old}")))
        .collect();
    assert!(
        now == committed,
        "the access matrix is not what is committed; read what changed, then LIAISON_BLESS=1:\n{}",
        changed.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_sees_and_may_do_what_the_committed_matrix_says() {
    let app = App::demo().await;
    let now = matrix(&app).await;
    if is_being_blessed() {
        std::fs::write(TEXT, &now).unwrap();
    }
    compare(&now);
}

/// The second wall alone: statements ask for everything, row security decides.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_security_alone_gives_the_same_matrix() {
    if is_being_blessed() {
        return eprintln!("SKIPPED one wall alone: run it again without LIAISON_BLESS");
    }
    let app = App::demo_on(DatabaseOptions { first_wall: FirstWall::Down, ..DatabaseOptions::default() }).await;
    compare(&matrix(&app).await);
}

/// The first wall alone: row security is off in this database, the statements carry the scope.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_statements_alone_give_the_same_matrix() {
    if is_being_blessed() {
        return eprintln!("SKIPPED one wall alone: run it again without LIAISON_BLESS");
    }
    let app = App::demo().await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert!(tables.len() > 25, "every table was under row security: {tables:?}");
    for table in tables {
        let off = format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY");
        owner.execute(AssertSqlSafe(off)).await.unwrap();
    }
    compare(&matrix(&app).await);
}
