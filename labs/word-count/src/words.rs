//! The words of a text.

use std::collections::BTreeMap;

/// In characters; of a longer word, the beginning counts.
const LONGEST: usize = 100;

/// The words of the text in small letters, each with how often it is there. Signs around a word, as in
/// "Hello!", are not part of it.
pub fn words(text: &str) -> BTreeMap<String, u64> {
    let mut words = BTreeMap::new();
    for word in text.split_whitespace() {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let word: String = word.to_lowercase().chars().take(LONGEST).collect();
        if !word.is_empty() {
            *words.entry(word).or_default() += 1;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_in_small_letters_and_without_signs() {
        let counted = words("Hello, hello world! -- (don't) é");
        let expected = [("don't", 1), ("hello", 2), ("world", 1), ("é", 1)];
        assert_eq!(
            counted,
            expected
                .map(|(word, count)| (word.to_owned(), count))
                .into()
        );
        assert_eq!(words(" \n?! "), BTreeMap::new());
        let long = words(&"x".repeat(1000));
        assert_eq!(
            long.into_keys().next().map(|word| word.len()),
            Some(LONGEST)
        );
    }
}
