//! Text into lines of glyphs: the font for each cluster, the direction of each run, a break where the column ends. It draws nothing.
//!
//! What no font has is told in Latin letters between brackets, so that a name can be called out; an empty box cannot.

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, UnicodeBuffer};
use unicode_bidi::BidiInfo;
use unicode_segmentation::UnicodeSegmentation;

use super::fonts::{FontId, Fonts, Weight, is_ignorable};

/// How text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// How heavy.
    pub weight: Weight,
    /// How large, in points.
    pub size: f32,
}

/// Glyphs of one font that stand side by side.
#[derive(Clone, Debug)]
pub struct Run {
    /// Of which font.
    pub font: FontId,
    /// What they mean.
    pub text: String,
    /// In the order in which they are seen.
    pub glyphs: Vec<KrillaGlyph>,
    /// How wide they are, in points.
    pub width: f32,
}

/// One line.
#[derive(Clone, Debug)]
pub struct Line {
    /// From left to right as they are seen.
    pub runs: Vec<Run>,
    /// How wide it is.
    pub width: f32,
    /// How it is set.
    pub style: Style,
    /// What stays empty below it, in points.
    pub gap: f32,
}

impl Line {
    /// From this line's top to the next one's.
    pub fn height(&self) -> f32 {
        self.style.size * 1.25 + self.gap
    }

    /// From its top to where the letters stand.
    pub fn ascent(&self) -> f32 {
        self.style.size * 0.98
    }
}

/// Sets text.
pub struct Typesetter {
    fonts: Fonts,
}

/// After these an address or a number may be broken.
const SEAMS: [char; 6] = ['@', '.', '-', '_', '/', ','];

impl Typesetter {
    /// With the fonts that there are.
    pub fn new() -> Result<Self, String> {
        Ok(Self { fonts: Fonts::new()? })
    }

    /// The font of a run.
    pub fn font(&self, id: FontId) -> &Font {
        self.fonts.font(id)
    }

    /// The text in lines that are no wider than `width`; words are broken only when they are wider themselves.
    pub fn lines(&mut self, text: &str, style: Style, width: f32) -> Vec<Line> {
        let text = self.printable(text, style.weight);
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&longer, style) <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            let mut rest = word;
            while self.width(rest, style) > width {
                let cut = self.cut(rest, style, width);
                lines.push(rest[..cut].to_owned());
                rest = &rest[cut..];
            }
            rest.clone_into(&mut line);
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines.into_iter().map(|line| self.set(&line, style)).collect()
    }

    /// Where a word is cut that is wider than its column: after a seam in the second half of what fits, else between two clusters.
    fn cut(&mut self, word: &str, style: Style, width: f32) -> usize {
        let mut ends: Vec<usize> = word.grapheme_indices(true).map(|(at, _)| at).skip(1).collect();
        ends.push(word.len());
        let mut fits = ends[0];
        // The least that goes wrong with a column narrower than a letter is a letter that stands out of it.
        for end in &ends {
            if self.width(&word[..*end], style) > width {
                break;
            }
            fits = *end;
        }
        let seam = word[..fits].rfind(SEAMS).map(|at| at + 1).filter(|at| *at > fits / 2 && *at < word.len());
        seam.unwrap_or(fits)
    }

    fn width(&mut self, text: &str, style: Style) -> f32 {
        self.set(text, style).width
    }

    /// One line of glyphs.
    fn set(&mut self, text: &str, style: Style) -> Line {
        let mut runs = Vec::new();
        let bidi = BidiInfo::new(text, None);
        for paragraph in &bidi.paragraphs {
            let (levels, ordered) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for range in ordered {
                let is_rtl = levels[range.start].is_rtl();
                let mut parts = self.by_font(&text[range], style.weight);
                if is_rtl {
                    parts.reverse();
                }
                runs.extend(parts.into_iter().filter_map(|(font, part)| self.shape(font, part, is_rtl, style.size)));
            }
        }
        let width = runs.iter().map(|run: &Run| run.width).sum();
        Line { runs, width, style, gap: 0.0 }
    }

    /// The text in parts of one font each.
    fn by_font(&mut self, text: &str, weight: Weight) -> Vec<(FontId, String)> {
        let mut parts: Vec<(FontId, String)> = Vec::new();
        for cluster in text.graphemes(true) {
            // What has none was replaced before.
            let Some(font) = self.fonts.for_text(cluster, weight) else { continue };
            match parts.last_mut() {
                Some((last, part)) if *last == font => part.push_str(cluster),
                _ => parts.push((font, cluster.to_owned())),
            }
        }
        parts
    }

    /// The text with what no font has in Latin letters between brackets.
    fn printable(&mut self, text: &str, weight: Weight) -> String {
        let mut printable = String::with_capacity(text.len());
        let mut lacking = String::new();
        for cluster in text.graphemes(true) {
            let is_blank = cluster.chars().all(|c| c.is_whitespace() || is_ignorable(c));
            if is_blank || self.fonts.for_text(cluster, weight).is_some() {
                push_in_latin(&mut printable, &mut lacking);
                printable.push_str(if is_blank && cluster.chars().any(char::is_whitespace) { " " } else { cluster });
            } else {
                lacking.push_str(cluster);
            }
        }
        push_in_latin(&mut printable, &mut lacking);
        printable
    }

    fn shape(&self, font: FontId, text: String, is_rtl: bool, size: f32) -> Option<Run> {
        let glyphs = self.fonts.with_face(font, |face| {
            let mut buffer = UnicodeBuffer::new();
            buffer.push_str(&text);
            buffer.guess_segment_properties();
            buffer.set_direction(if is_rtl { Direction::RightToLeft } else { Direction::LeftToRight });
            let shaped = rustybuzz::shape(face, &[], buffer);
            let infos = shaped.glyph_infos();
            let mut starts: Vec<usize> = infos.iter().map(|info| info.cluster as usize).collect();
            starts.sort_unstable();
            starts.dedup();
            #[expect(clippy::cast_precision_loss, reason = "units of a font are far below what a float holds")]
            let em = |units: i32| units as f32 / face.units_per_em() as f32;
            let glyph = |(info, position): (&rustybuzz::GlyphInfo, &rustybuzz::GlyphPosition)| {
                let start = info.cluster as usize;
                let end = starts.iter().copied().find(|next| *next > start).unwrap_or(text.len());
                let (x, y) = (em(position.x_offset), em(position.y_offset));
                let id = GlyphId::new(info.glyph_id);
                KrillaGlyph::new(id, em(position.x_advance), x, y, em(position.y_advance), start..end, None)
            };
            infos.iter().zip(shaped.glyph_positions()).map(glyph).collect::<Vec<_>>()
        })?;
        let width = glyphs.iter().map(|glyph| glyph.x_advance * size).sum();
        Some(Run { font, text, glyphs, width })
    }
}

fn push_in_latin(printable: &mut String, lacking: &mut String) {
    if lacking.is_empty() {
        return;
    }
    let latin = any_ascii::any_ascii(lacking);
    printable.push('[');
    if latin.trim().is_empty() {
        let codes: Vec<String> = lacking.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect();
        printable.push_str(&codes.join(" "));
    } else {
        printable.push_str(latin.trim());
    }
    printable.push(']');
    lacking.clear();
}
