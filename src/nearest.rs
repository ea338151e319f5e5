//! Finds what was probably meant by a name that nobody has.

/// How alike two names are at least, from 0 to 1, before one is taken for a slip of the other.
const LIKENESS: f64 = 0.8;

/// The one of `known` that is most like `typed`, if one is like it at all; case doesn't matter.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&known.to_lowercase(), &typed), known))
        .filter(|(likeness, _)| *likeness > LIKENESS)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_told_from_another_name() {
        let known = ["Barbara", "Brigid", "José"];
        assert_eq!(nearest("Brigd", known), Some("Brigid"));
        assert_eq!(nearest("brigid", known), Some("Brigid"));
        assert_eq!(nearest("Jose", known), Some("José"));
        assert_eq!(nearest("Theo", known), None);
    }
}
