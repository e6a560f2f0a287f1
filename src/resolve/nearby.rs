//! Names within two edits of a word, found without looking at every name.
//!
//! In: names. Out: the nearest to a word. Deliberately absent: what the names mean.
//!
//! Of three pieces of a name, two edits leave at least one as it is, at most two places from where it was; names are
//! kept by their pieces.

use std::collections::{HashMap, HashSet};

/// Most edits between a word and the name that was meant.
const LIMIT: usize = 2;

/// Names by their pieces.
#[derive(Debug, Default)]
pub(super) struct Nearby {
    names: Vec<(String, Vec<char>)>,
    /// Length of the name, number and text of the piece.
    pieces: HashMap<(usize, usize, Vec<char>), Vec<u32>>,
    /// Lengths that there are.
    lengths: HashSet<usize>,
}

impl Nearby {
    /// Adds a name as written.
    pub(super) fn add(&mut self, name: &str) {
        let letters: Vec<char> = name.to_lowercase().chars().collect();
        let (place, length) = (self.names.len() as u32, letters.len());
        for (number, (from, to)) in pieces(length).into_iter().enumerate() {
            self.pieces.entry((length, number, letters[from..to].to_vec())).or_default().push(place);
        }
        self.lengths.insert(length);
        self.names.push((name.to_owned(), letters));
    }

    /// The names in the order added.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    /// How many names there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The nearest name within two edits, letter case aside; of several the one added first.
    pub(super) fn nearest(&self, word: &str) -> Option<&str> {
        let word: Vec<char> = word.to_lowercase().chars().collect();
        let mut candidates: Vec<u32> = Vec::new();
        for length in word.len().saturating_sub(LIMIT)..=word.len() + LIMIT {
            if self.lengths.contains(&length) {
                self.candidates(&word, length, &mut candidates);
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        let near = candidates.into_iter().filter_map(|place| {
            let (name, letters) = &self.names[place as usize];
            Some((distance(&word, letters)?, name))
        });
        near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name.as_str())
    }

    /// Names of one length that share a piece with the word.
    fn candidates(&self, word: &[char], length: usize, found: &mut Vec<u32>) {
        for (number, (from, to)) in pieces(length).into_iter().enumerate() {
            for start in from.saturating_sub(LIMIT)..=from + LIMIT {
                let Some(piece) = word.get(start..start + to - from) else {
                    continue;
                };
                found.extend(self.pieces.get(&(length, number, piece.to_vec())).into_iter().flatten());
            }
        }
    }
}

/// Where a name of this length is cut.
fn pieces(length: usize) -> [(usize, usize); LIMIT + 1] {
    [(0, length / 3), (length / 3, 2 * length / 3), (2 * length / 3, length)]
}

/// The number of edits, when it is not beyond the limit.
fn distance(left: &[char], right: &[char]) -> Option<usize> {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(l != r);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
        if row.iter().all(|edits| *edits > LIMIT) {
            return None;
        }
    }
    row.last().copied().filter(|edits| *edits <= LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_what_looking_at_every_name_finds() {
        let names = ["worker", "a", "ab", "kafka-1", "kafka-2", "hub/app", "Control-Plane", "", "www"];
        let mut nearby = Nearby::default();
        names.iter().for_each(|name| nearby.add(name));
        let words =
            ["wroker", "WORKER", "wrker", "kafka", "kafka-3", "hubapp", "contrl-plan", "b", "", "zzz", "wxyzer"];
        for word in words {
            assert_eq!(nearby.nearest(word), crate::diagnostic::nearest(word, names, 2), "{word}");
        }
    }
}
