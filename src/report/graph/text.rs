//! How wide a text is, without a font at hand.
//!
//! In: texts. Out: widths in pixels, cut or wrapped texts. Deliberately absent: fonts. The table is that of a wide
//! sans serif (DejaVu Sans): what fits by it fits in the narrower fonts that systems have.

/// Hundredths of an em of the characters from space to tilde.
const ADVANCES: [u8; 95] = [
    32, 40, 46, 84, 64, 95, 78, 28, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84,
    84, 84, 53, 100, 69, 69, 70, 77, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79, 61, 79, 70, 64, 61, 74, 69, 99, 69,
    61, 69, 39, 34, 39, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 52, 40, 64,
    60, 82, 60, 60, 53, 64, 34, 64, 84,
];

/// A size and a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Font {
    /// Tenths of a pixel.
    pub(super) size: i32,
    /// Bold letters are wider.
    pub(super) bold: bool,
}

impl Font {
    /// The font of a size in tenths of a pixel.
    pub(super) const fn new(size: i32, bold: bool) -> Self {
        Font { size, bold }
    }

    /// Pixels from one line to the next.
    pub(super) fn line(self) -> i32 {
        (self.size * 13 + 99) / 100
    }

    /// Pixels that a text takes.
    pub(super) fn width(self, text: &str) -> i32 {
        let hundredths: i64 = text.chars().map(|character| i64::from(advance(character))).sum();
        let heavy = if self.bold { 112 } else { 100 };
        let pixels = (hundredths * i64::from(self.size) * heavy + 99_999) / 100_000;
        i32::try_from(pixels).unwrap_or(i32::MAX)
    }

    /// The text, with its middle left out where it is too wide.
    pub(super) fn fit(self, text: &str, most: i32) -> String {
        if self.width(text) <= most {
            return text.to_owned();
        }
        let characters: Vec<char> = text.chars().collect();
        let cut = |kept: usize| {
            let tail = kept / 3;
            let mut cut: String = characters[..kept - tail].iter().collect();
            cut.push('…');
            cut.extend(&characters[characters.len() - tail..]);
            cut
        };
        // The more is kept, the wider it is.
        let (mut fits, mut too_wide) = (0, characters.len());
        while too_wide - fits > 1 {
            let middle = fits.midpoint(too_wide);
            if self.width(&cut(middle)) <= most { fits = middle } else { too_wide = middle }
        }
        cut(fits)
    }

    /// The text in lines; a word that is too wide is cut.
    pub(super) fn wrap(self, text: &str, most: i32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            let word = self.fit(word, most);
            match lines.last_mut() {
                Some(line) if self.width(line) + self.width(" ") + self.width(&word) <= most => {
                    line.push(' ');
                    line.push_str(&word);
                }
                _ => lines.push(word),
            }
        }
        lines
    }
}

fn advance(character: char) -> u8 {
    match u32::from(character).checked_sub(32) {
        Some(index) if (index as usize) < ADVANCES.len() => ADVANCES[index as usize],
        // Accented Latin, Greek, Cyrillic: rarely wider than a capital.
        _ if u32::from(character) < 0x530 => 80,
        _ => 105,
    }
}
