//! Assigns dense numbers to player ids, in little memory. The texts of all ids are in shared
//! blocks. Each id has 8 bytes that locate its text. The hash table contains only the numbers.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

const BLOCK: usize = 1 << 20;

/// Texts of at most 255 bytes, numbered from 0. Texts are never dropped.
#[derive(Debug, Default)]
pub struct Interner {
    blocks: Vec<String>,
    /// Block number (32 bits), offset in the block (24 bits) and length (8 bits) of each text.
    spans: Vec<u64>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Interner {
    /// The number of a text, if it is interned.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        let is_it = |n: &u32| self.text(*n).as_bytes() == text;
        self.numbers.find(hash, is_it).copied()
    }

    /// The number of a text. A new text gets the next number.
    ///
    /// # Panics
    /// Panics if the text is longer than 255 bytes, or if 2^32 texts are already interned.
    pub fn intern(&mut self, text: &str) -> u32 {
        if let Some(number) = self.find(text.as_bytes()) {
            return number;
        }
        let number = u32::try_from(self.spans.len()).expect("fewer than 2^32 players");
        let length = u8::try_from(text.len()).expect("texts have at most 255 bytes");
        if self
            .blocks
            .last()
            .is_none_or(|b| b.len() + text.len() > BLOCK)
        {
            self.blocks.push(String::with_capacity(BLOCK));
        }
        let block = self.blocks.len() - 1;
        let texts = &mut self.blocks[block];
        self.spans
            .push((block as u64) << 32 | (texts.len() as u64) << 8 | u64::from(length));
        texts.push_str(text);
        let hash = self.hasher.hash_one(text.as_bytes());
        let (blocks, spans, hasher) = (&self.blocks, &self.spans, &self.hasher);
        let hash_of = |n: &u32| hasher.hash_one(lookup(blocks, spans, *n).as_bytes());
        self.numbers.insert_unique(hash, number, hash_of);
        number
    }

    /// The text of a number returned by [`Self::intern`].
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        lookup(&self.blocks, &self.spans, number)
    }
}

fn lookup<'a>(blocks: &'a [String], spans: &[u64], number: u32) -> &'a str {
    let span = spans[number as usize];
    let block = usize::try_from(span >> 32).expect("32 bits");
    let start = usize::try_from(span >> 8 & 0xff_ffff).expect("24 bits");
    let length = usize::from(span.to_le_bytes()[0]);
    &blocks[block][start..start + length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_stable_across_blocks_and_growth() {
        let mut interner = Interner::default();
        let text = |i: u32| format!("player-é-{i:055}");
        for i in 0..50_000 {
            assert_eq!(interner.intern(&text(i)), i);
        }
        assert!(interner.blocks.len() > 2);
        for i in 0..50_000 {
            assert_eq!(interner.intern(&text(i)), i);
            assert_eq!(interner.text(i), text(i));
        }
        assert_eq!(interner.find(b"nobody"), None);
        assert_eq!(interner.intern(""), 50_000);
    }
}
