//! Lines onto pages: rows that stay together where they fit, a table's head on each page, nothing below the margin. It knows no person.

use super::fonts::Weight;
use super::text::{Line, Style, Typesetter};

/// A4's width, in points.
pub const WIDTH: f32 = 595.0;
/// Letter's height.
pub const HEIGHT: f32 = 792.0;
/// The left margin.
pub const LEFT: f32 = 42.0;
/// Where the right margin begins.
pub const RIGHT: f32 = WIDTH - 42.0;
const TOP: f32 = 42.0;
const BOTTOM: f32 = HEIGHT - 56.0;
const PADDING: f32 = 6.0;
const GAP: f32 = 12.0;

const HEAD: Style = Style { weight: Weight::Bold, size: 9.5 };
const ORGANIZATION: Style = Style { weight: Weight::Bold, size: 15.0 };

/// Something on a page.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A filled rectangle; `grey` from 0, black, to 255, white.
    Box {
        /// Its left side.
        x: f32,
        /// Its top.
        y: f32,
        /// Its width.
        width: f32,
        /// Its height.
        height: f32,
        /// Its shade.
        grey: u8,
    },
    /// A line of text.
    Text {
        /// Its left end.
        x: f32,
        /// Where its letters stand.
        y: f32,
        /// The line.
        line: Line,
    },
}

/// A row of the table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The lines of each cell.
    pub cells: [Vec<Line>; 3],
    /// Whether it stands out.
    pub is_marked: bool,
}

impl Row {
    /// How wide the columns are.
    pub const WIDTHS: [f32; 3] = [165.0, 165.0, 153.0];

    fn height(&self) -> f32 {
        let heights = self.cells.iter().map(|lines| lines.iter().map(Line::height).sum::<f32>());
        heights.fold(0.0, f32::max) + 2.0 * PADDING
    }

    /// As much of it as fits into `height`, and the rest; at least a line of each cell.
    fn split(&self, height: f32) -> (Self, Option<Self>) {
        let mut head = Self { is_marked: self.is_marked, ..Self::default() };
        let mut rest = head.clone();
        for (at, lines) in self.cells.iter().enumerate() {
            let mut used = 2.0 * PADDING;
            let fits = lines.iter().take_while(|line| {
                used += line.height();
                used <= height
            });
            let fits = fits.count().max(1).min(lines.len());
            head.cells[at] = lines[..fits].to_vec();
            rest.cells[at] = lines[fits..].to_vec();
        }
        let is_over = rest.cells.iter().all(Vec::is_empty);
        if rest.cells[0].is_empty() {
            // Whose numbers go on there.
            rest.cells[0].extend(self.cells[0].first().cloned());
        }
        (head, (!is_over).then_some(rest))
    }
}

/// Pages that are being filled.
pub struct Pages {
    typesetter: Typesetter,
    title: &'static str,
    pages: Vec<Vec<Mark>>,
    /// How far down the last page is filled.
    y: f32,
    table: Option<Table>,
}

struct Table {
    name: String,
    columns: [&'static str; 3],
}

impl Pages {
    /// One empty page.
    pub fn new(typesetter: Typesetter, title: &'static str) -> Self {
        Self { typesetter, title, pages: vec![Vec::new()], y: TOP, table: None }
    }

    /// What sets the text.
    pub fn typesetter(&mut self) -> &mut Typesetter {
        &mut self.typesetter
    }

    /// Text over the whole width.
    pub fn paragraph(&mut self, text: &str, style: Style) {
        for line in self.typesetter.lines(text, style, RIGHT - LEFT) {
            if self.y + line.height() > BOTTOM {
                self.turn();
            }
            self.text(LEFT, line);
        }
        self.y += 3.0;
    }

    /// The name of a table and its head, with room for a row below them.
    pub fn begin_table(&mut self, name: &str, columns: [&'static str; 3]) {
        self.table = None;
        if self.y + 120.0 > BOTTOM {
            self.turn();
        }
        self.y += 12.0;
        self.paragraph(name, ORGANIZATION);
        self.table = Some(Table { name: name.to_owned(), columns });
        self.head();
    }

    /// A row of the table: on this page if it fits, else whole on the next, else in parts.
    pub fn row(&mut self, row: &Row) {
        // What a page has below its head.
        let most = BOTTOM - TOP - 80.0;
        if self.y + row.height() > BOTTOM && (row.height() <= most || self.y > BOTTOM - most / 2.0) {
            self.turn();
        }
        let mut rest = Some(row.clone());
        while let Some(row) = rest {
            let (part, more) = row.split(BOTTOM - self.y);
            self.part(part);
            if more.is_some() {
                self.turn();
            }
            rest = more;
        }
    }

    fn part(&mut self, row: Row) {
        let height = row.height();
        if row.is_marked {
            self.mark(Mark::Box { x: LEFT, y: self.y, width: RIGHT - LEFT, height, grey: 232 });
            // A bar too: grey may not survive a tired printer.
            self.mark(Mark::Box { x: LEFT - 6.0, y: self.y, width: 3.0, height, grey: 0 });
        }
        let mut x = LEFT + 4.0;
        for (at, lines) in row.cells.into_iter().enumerate() {
            let mut y = self.y + PADDING;
            for line in lines {
                let height = line.height();
                self.mark(Mark::Text { x, y: y + line.ascent(), line });
                y += height;
            }
            x += Row::WIDTHS[at] + GAP;
        }
        self.y += height;
        self.mark(Mark::Box { x: LEFT, y: self.y, width: RIGHT - LEFT, height: 0.5, grey: 120 });
    }

    /// The pages, and what set them.
    pub fn finish(self) -> (Typesetter, Vec<Vec<Mark>>) {
        (self.typesetter, self.pages)
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn text(&mut self, x: f32, line: Line) {
        let (y, height) = (self.y + line.ascent(), line.height());
        self.mark(Mark::Text { x, y, line });
        self.y += height;
    }

    /// A new page, which says what goes on there.
    fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
        let Some(Table { name, .. }) = &self.table else { return };
        let told = format!("{}: {name}, continued", self.title);
        for line in self.typesetter.lines(&told, HEAD, RIGHT - LEFT) {
            self.text(LEFT, line);
        }
        self.y += 6.0;
        self.head();
    }

    fn head(&mut self) {
        let Some(Table { columns, .. }) = &self.table else { return };
        let mut x = LEFT + 4.0;
        let mut marks = Vec::new();
        let mut height = 0.0_f32;
        for (at, column) in columns.iter().enumerate() {
            for line in self.typesetter.lines(column, HEAD, Row::WIDTHS[at]) {
                height = height.max(line.height());
                marks.push(Mark::Text { x, y: self.y + line.ascent(), line });
            }
            x += Row::WIDTHS[at] + GAP;
        }
        marks.into_iter().for_each(|mark| self.mark(mark));
        self.y += height + 2.0;
        self.mark(Mark::Box { x: LEFT, y: self.y, width: RIGHT - LEFT, height: 1.2, grey: 0 });
        self.y += 1.2;
    }
}
