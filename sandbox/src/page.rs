//! Lists that are answered in pages.

/// Leaves a page of so many things. If it cut any off, returns the last that is left: the next page
/// begins after it.
pub fn cut<T>(things: &mut Vec<T>, size: usize) -> Option<&T> {
    let more = things.len() > size;
    things.truncate(size);
    things.last().filter(|_| more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_that_others_follow_has_a_mark() {
        let mut things = vec![1, 2, 3];
        assert_eq!(cut(&mut things, 3), None);
        assert_eq!(cut(&mut things, 2), Some(&2));
        assert_eq!(things, [1, 2]);
    }
}
