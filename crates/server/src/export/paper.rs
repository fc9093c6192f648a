//! The emergency list on paper (US-7): large, black on white, nothing cut, each page saying when it was made and which it is. It decides
//! nothing about who stands on it.
//!
//! The page is as wide as A4 and as high as Letter, so that it prints on both without being scaled.

mod fonts;
mod pages;
mod text;

use chrono::{DateTime, Datelike, Timelike, Utc};
use krilla::Document;
use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use liaison_domain::export::{Line, Person, Section};
use liaison_domain::reachability::Verdict;

use self::fonts::Weight;
use self::pages::{HEIGHT, LEFT, Mark, Pages, RIGHT, Row, WIDTH};
use self::text::{Style, Typesetter};

/// What is printed.
pub struct Sheet {
    /// The lists.
    pub sections: Vec<Section>,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// The login that asked.
    pub by: String,
    /// The organization for which it asked.
    pub of: Option<String>,
}

/// What the list is called.
const TITLE: &str = "Emergency contacts";

const NAME: Style = Style { weight: Weight::Bold, size: 13.0 };
const NUMBER: Style = Style { weight: Weight::Bold, size: 14.0 };
const OTHER_NUMBER: Style = Style { weight: Weight::Regular, size: 12.0 };
const PLAIN: Style = Style { weight: Weight::Regular, size: 10.5 };
const SMALL: Style = Style { weight: Weight::Regular, size: 9.5 };
const LOUD: Style = Style { weight: Weight::Bold, size: 9.5 };

/// Prints it; the bytes of a PDF.
pub fn print(sheet: &Sheet) -> Result<Vec<u8>, String> {
    let made = sheet.at.format("%Y-%m-%d %H:%M UTC").to_string();
    let mut pages = Pages::new(Typesetter::new()?, TITLE);
    pages.paragraph(TITLE, Style { weight: Weight::Bold, size: 22.0 });
    let of = sheet.of.as_ref().map_or_else(String::new, |of| format!(", {of}"));
    pages.paragraph(&format!("Generated {made} by {}{of}", sheet.by), PLAIN);
    let people = || sheet.sections.iter().flat_map(|section| &section.people);
    if people().any(|person| person.do_not_contact) {
        let told = "DO NOT CONTACT: this person may be called in an emergency only. Record that you did, and why.";
        pages.paragraph(told, SMALL);
    }
    if people().any(|person| person.phones.iter().any(|line| line.is_sms_opted_out)) {
        let told = "NO SMS: the owner of this number asked for no text messages. Call it; never text it, even in an emergency.";
        pages.paragraph(told, SMALL);
    }
    for section in &sheet.sections {
        pages.begin_table(&section.organization, ["Name", "Phone", "Email"]);
        for person in &section.people {
            let row = row(pages.typesetter(), person);
            pages.row(&row);
        }
        if section.people.is_empty() {
            pages.paragraph("Nobody whom you see is on this list.", PLAIN);
        }
    }
    let (mut typesetter, pages) = pages.finish();
    let number = pages.len();
    let mut document = Document::new();
    document.set_metadata(metadata(sheet));
    let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or("the page has no size")?;
    for (at, marks) in pages.iter().enumerate() {
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();
        for mark in marks {
            draw(&mut surface, &typesetter, mark);
        }
        for mark in foot(&mut typesetter, &made, at + 1, number) {
            draw(&mut surface, &typesetter, &mark);
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| format!("{error:?}"))
}

fn metadata(sheet: &Sheet) -> Metadata {
    let at = sheet.at;
    let part = |value: u32| u8::try_from(value).unwrap_or_default();
    let made = krilla::metadata::DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()));
    let title = match sheet.sections.as_slice() {
        [one] => format!("{TITLE}: {}", one.organization),
        _ => TITLE.to_owned(),
    };
    Metadata::new()
        .title(title)
        .language("en".to_owned())
        .authors(vec![sheet.by.clone()])
        .creator(format!("Liaison {}", env!("CARGO_PKG_VERSION")))
        .creation_date(made)
}

/// A person as a row: who, by which phones, by which addresses.
fn row(typesetter: &mut Typesetter, person: &Person) -> Row {
    let mut row = Row { is_marked: person.is_primary, ..Row::default() };
    let [name, phone, email] = &mut row.cells;
    name.extend(typesetter.lines(&format!("{} {}", person.first_name, person.last_name), NAME, Row::WIDTHS[0]));
    if let Some(title) = &person.title {
        name.extend(typesetter.lines(title, PLAIN, Row::WIDTHS[0]));
    }
    if person.is_primary {
        name.extend(typesetter.lines("CALL FIRST", LOUD, Row::WIDTHS[0]));
    }
    if person.do_not_contact {
        name.extend(typesetter.lines("DO NOT CONTACT, but in an emergency", LOUD, Row::WIDTHS[0]));
        if let Some(reason) = &person.do_not_contact_reason {
            name.extend(typesetter.lines(reason, SMALL, Row::WIDTHS[0]));
        }
    }
    if person.call.verdict == Verdict::Blocked {
        name.extend(typesetter.lines("CANNOT BE CALLED", LOUD, Row::WIDTHS[0]));
    }
    if person.sms.verdict == Verdict::Ask {
        for why in person.sms.of_channel() {
            name.extend(typesetter.lines(&format!("SMS: {why}"), LOUD, Row::WIDTHS[0]));
        }
    }
    if let Some(method) = person.preferred_contact_method {
        let method = match method {
            liaison_domain::entity::values::ContactMethod::Email => "prefers email",
            liaison_domain::entity::values::ContactMethod::Phone => "prefers a call",
            liaison_domain::entity::values::ContactMethod::Sms => "prefers SMS",
        };
        name.extend(typesetter.lines(method, SMALL, Row::WIDTHS[0]));
    }
    for line in &person.phones {
        let style = if line.is_mobile() && !line.is_unusable { NUMBER } else { OTHER_NUMBER };
        // What is to be heeded of a number stands below it, on the same page.
        let lines = typesetter.lines(&number(line), style, Row::WIDTHS[1]).into_iter();
        phone.extend(lines.map(|line| text::Line { is_kept: true, ..line }));
        let (kind, is_loud) = kind(line);
        phone.extend(typesetter.lines(&kind, if is_loud { LOUD } else { SMALL }, Row::WIDTHS[1]));
        // What kind a line is belongs to the number above it.
        if let Some(last) = phone.last_mut() {
            last.gap = 4.0;
        }
    }
    if person.phones.is_empty() {
        phone.extend(typesetter.lines("no phone is known", PLAIN, Row::WIDTHS[1]));
    }
    for address in &person.emails {
        email.extend(typesetter.lines(address, PLAIN, Row::WIDTHS[2]));
    }
    for address in &person.bounced_emails {
        email.extend(typesetter.lines(address, SMALL, Row::WIDTHS[2]));
        email.extend(typesetter.lines("messages came back", LOUD, Row::WIDTHS[2]));
    }
    row
}

fn number(line: &Line) -> String {
    match &line.extension {
        Some(extension) => format!("{} ext. {extension}", line.readable()),
        None => line.readable(),
    }
}

/// What kind of line it is, and whether there is something to heed.
fn kind(line: &Line) -> (String, bool) {
    if line.is_unusable {
        (format!("{}: reaches nobody", line.code), true)
    } else if line.is_sms_opted_out {
        (format!("{}: NO SMS", line.code), true)
    } else if line.is_mobile() && !line.is_sms_capable {
        (format!("{}, takes no SMS", line.code), false)
    } else {
        (line.code.clone(), false)
    }
}

fn foot(typesetter: &mut Typesetter, made: &str, page: usize, of: usize) -> Vec<Mark> {
    let y = HEIGHT - 30.0;
    let mut marks = vec![Mark::Box { x: LEFT, y: y - 12.0, width: RIGHT - LEFT, height: 0.5, grey: 0 }];
    let whole = RIGHT - LEFT;
    let left = typesetter.lines(&format!("{TITLE}, {made}"), SMALL, whole);
    marks.extend(left.into_iter().take(1).map(|line| Mark::Text { x: LEFT, y, line }));
    let right = typesetter.lines(&format!("Page {page} of {of}"), LOUD, whole);
    marks.extend(right.into_iter().take(1).map(|line| Mark::Text { x: RIGHT - line.width, y, line }));
    marks
}

fn draw(surface: &mut Surface<'_>, typesetter: &Typesetter, mark: &Mark) {
    match mark {
        Mark::Box { x, y, width, height, grey } => {
            surface.set_fill(Some(Fill { paint: luma::Color::new(*grey).into(), ..Fill::default() }));
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
            surface.set_fill(Some(Fill::default()));
        }
        Mark::Text { x, y, line } => {
            let mut x = *x;
            for run in &line.runs {
                let font = typesetter.font(run.font).clone();
                surface.draw_glyphs(Point::from_xy(x, *y), &run.glyphs, font, &run.text, line.style.size, false);
                x += run.width;
            }
        }
    }
}

#[cfg(test)]
mod tests;
