//! Linear scans of short arrays.

/// Index of the single matching element. Compares whole blocks without a branch per
/// element, which is several times faster.
pub(super) fn position<T>(of: &[T], is_it: impl Fn(&T) -> bool) -> Option<usize> {
    const BLOCK: usize = 16;
    let (blocks, rest) = of.as_chunks::<BLOCK>();
    for (at, block) in blocks.iter().enumerate() {
        if block.iter().fold(false, |found, e| found | is_it(e)) {
            return Some(at * BLOCK + block.iter().position(is_it)?);
        }
    }
    Some(blocks.len() * BLOCK + rest.iter().position(is_it)?)
}
