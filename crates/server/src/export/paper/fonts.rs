//! The fonts of what is printed: DejaVu, which the program carries (Latin, Greek, Cyrillic, Arabic, Hebrew and more), and those of the
//! machine for what it lacks. It sets no text.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use krilla::text::Font;
use rustybuzz::Face;
use rustybuzz::ttf_parser;

/// How heavy text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// As a book.
    Regular,
    /// As a headline.
    Bold,
}

/// A font of [`Fonts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FontId(usize);

/// The fonts of one document.
pub struct Fonts {
    carried: [(Face<'static>, Font); 2],
    found: Vec<(Arc<Vec<u8>>, u32, Font)>,
    /// Parts of Unicode, 256 characters each, for which the machine has no font: looked for once.
    lacked: HashSet<u32>,
}

/// The machine's fonts, the plainest first. Read once a process.
fn of_the_machine() -> &'static (fontdb::Database, Vec<fontdb::ID>) {
    static FONTS: OnceLock<(fontdb::Database, Vec<fontdb::ID>)> = OnceLock::new();
    FONTS.get_or_init(|| {
        let mut database = fontdb::Database::new();
        database.load_system_fonts();
        let mut faces: Vec<_> = database
            .faces()
            .map(|face| {
                let rank = (face.style != fontdb::Style::Normal, face.weight.0.abs_diff(400), face.monospaced);
                (rank, face.post_script_name.clone(), face.id)
            })
            .collect();
        faces.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
        let order = faces.into_iter().map(|(_, _, id)| id).collect();
        (database, order)
    })
}

impl Fonts {
    /// Those that the program carries.
    pub fn new() -> Result<Self, String> {
        let carried = |data: &'static [u8]| {
            let face = Face::from_slice(data, 0).ok_or("a font that the program carries cannot be read")?;
            let font = Font::new(data.into(), 0).ok_or("a font that the program carries cannot be embedded")?;
            Ok::<_, String>((face, font))
        };
        let regular = carried(dejavu::sans_condensed::regular())?;
        let bold = carried(dejavu::sans_condensed::bold())?;
        Ok(Self { carried: [regular, bold], found: Vec::new(), lacked: HashSet::new() })
    }

    /// The font to embed.
    pub fn font(&self, id: FontId) -> &Font {
        match id.0.checked_sub(self.carried.len()) {
            None => &self.carried[id.0].1,
            Some(at) => &self.found[at].2,
        }
    }

    /// Does something with the face of a font.
    pub fn with_face<T>(&self, id: FontId, work: impl FnOnce(&Face<'_>) -> T) -> Option<T> {
        match id.0.checked_sub(self.carried.len()) {
            None => Some(work(&self.carried[id.0].0)),
            Some(at) => {
                let (data, index, _) = &self.found[at];
                Face::from_slice(data, *index).map(|face| work(&face))
            }
        }
    }

    /// The first font that has all of these characters: the weight's own, the other one, one of the machine's.
    pub fn for_text(&mut self, text: &str, weight: Weight) -> Option<FontId> {
        let own = match weight {
            Weight::Regular => [0, 1],
            Weight::Bold => [1, 0],
        };
        let known = own.into_iter().chain(self.carried.len()..self.carried.len() + self.found.len()).map(FontId);
        let known = known.into_iter().find(|id| self.with_face(*id, |face| has_all(face, text)).unwrap_or_default());
        known.or_else(|| self.find(text))
    }

    fn find(&mut self, text: &str) -> Option<FontId> {
        let part = u32::from(text.chars().find(|c| !is_ignorable(*c))?) >> 8;
        if self.lacked.contains(&part) {
            return None;
        }
        let (database, order) = of_the_machine();
        let found = order.iter().find_map(|id| {
            database.with_face_data(*id, |data, index| {
                let face = Face::from_slice(data, index)?;
                let can_be_printed = is_outlined(&face) && may_be_embedded(&face);
                (can_be_printed && has_all(&face, text)).then(|| (Arc::new(data.to_vec()), index))
            })?
        });
        let font = found.and_then(|(data, index)| {
            let font = Font::new(Arc::clone(&data).into(), index)?;
            Some((data, index, font))
        });
        match font {
            Some(font) => {
                self.found.push(font);
                Some(FontId(self.carried.len() + self.found.len() - 1))
            }
            None => {
                self.lacked.insert(part);
                None
            }
        }
    }
}

fn has_all(face: &Face<'_>, text: &str) -> bool {
    text.chars().filter(|c| !is_ignorable(*c)).all(|c| face.glyph_index(c).is_some_and(|glyph| glyph.0 != 0))
}

/// Pictures of characters, and layers of colour, are not for a printer of the night.
fn is_outlined(face: &Face<'_>) -> bool {
    let tables = face.tables();
    (tables.glyf.is_some() || tables.cff.is_some()) && tables.colr.is_none() && tables.svg.is_none()
}

/// Whether its maker lets it stand in a document.
fn may_be_embedded(face: &Face<'_>) -> bool {
    face.permissions() != Some(ttf_parser::Permissions::Restricted)
}

/// What has no shape of its own: joiners, marks of direction, selectors of a variant.
pub fn is_ignorable(c: char) -> bool {
    matches!(
        u32::from(c),
        0xad | 0x34f | 0x61c | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfe00..=0xfe0f | 0xfeff | 0xe0000..=0xe0fff
    )
}
